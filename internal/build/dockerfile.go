package build

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var (
	fromLine    = regexp.MustCompile(`(?i)^\s*FROM\s+((?:--\S+\s+)*)(\S+)(?:\s+AS\s+(\S+))?\s*$`)
	copyLine    = regexp.MustCompile(`(?i)^\s*COPY\s.*--from=(` + ours + `\S+)`)
	nameLine    = regexp.MustCompile(`(?i)^\s*NAME\s+(\S+)\s*$`)
	builderLine = regexp.MustCompile(`^#\s*ferry:\s*builder\s*$`)
)

// dockerfile is what Ferry understands of a Dockerfile: its stages.
type dockerfile struct {
	lines   []string
	stages  []stage
	builder bool   // marked with `# ferry: builder`
	name    string // of the line NAME, which only Ferry knows
}

type stage struct {
	line    int    // index of its FROM
	flags   string // "--platform=… "
	image   string // what it is made of, an earlier stage's name looked up
	as      string
	onStage bool // made of an earlier stage
}

// ours returns the name of Ferry's image the stage is made of, "" for any other.
func (s stage) ours() string {
	name, ok := strings.CutPrefix(s.image, ours)
	if !ok {
		return ""
	}
	return name
}

// final is the stage that becomes the image.
func (d dockerfile) final() stage { return d.stages[len(d.stages)-1] }

func parseDockerfile(text string) (dockerfile, error) {
	d := dockerfile{lines: strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")}
	open := false // the line before goes on in this one
	for i, line := range d.lines {
		bare := strings.TrimSpace(line)
		if strings.HasPrefix(bare, "#") {
			d.builder = d.builder || builderLine.MatchString(bare)
			continue
		}
		if !open {
			d.instruction(i, line)
		}
		if m := copyLine.FindStringSubmatch(line); !open && m != nil {
			return d, fmt.Errorf("it copies from %s: name that in a stage, FROM %s AS …, and copy from the stage", m[1], m[1])
		}
		open = strings.HasSuffix(bare, `\`) || open && bare == ""
	}
	if len(d.stages) == 0 {
		return d, fmt.Errorf("its Dockerfile has no FROM")
	}
	return d, nil
}

func (d *dockerfile) instruction(i int, line string) {
	if m := fromLine.FindStringSubmatch(line); m != nil {
		s := stage{line: i, flags: m[1], image: m[2], as: m[3]}
		if below, ok := d.stage(m[2]); ok {
			s.image, s.onStage = below.image, true
		}
		d.stages = append(d.stages, s)
	}
	if m := nameLine.FindStringSubmatch(line); m != nil {
		d.name = m[1]
		d.lines[i] = "" // its line stays, so that the numbers in messages are right
	}
}

func (d *dockerfile) stage(name string) (stage, bool) {
	for _, s := range slices.Backward(d.stages) {
		if s.as != "" && strings.EqualFold(s.as, name) {
			return s, true
		}
	}
	return stage{}, false
}

// rewrite returns the text with the images named in refs replaced, and with more
// lines after the FROM of each stage.
func (d dockerfile) rewrite(refs map[string]string, after func(stage) []string) string {
	lines := slices.Clone(d.lines)
	for _, s := range d.stages {
		if ref, ok := refs[s.image]; ok && !s.onStage {
			lines[s.line] = "FROM " + s.flags + ref
			if s.as != "" {
				lines[s.line] += " AS " + s.as
			}
		}
		lines[s.line] = strings.Join(append([]string{lines[s.line]}, after(s)...), "\n")
	}
	return strings.Join(lines, "\n")
}
