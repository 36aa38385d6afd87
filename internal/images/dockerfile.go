package images

import (
	"fmt"
	"regexp"
	"strings"
)

var (
	fromLine    = regexp.MustCompile(`(?i)^\s*FROM\s+((?:--\S+\s+)*)(\S+)(?:\s+AS\s+(\S+))?\s*$`)
	nameLine    = regexp.MustCompile(`^\s*NAME\s+(\S+)\s*$`)
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
	line  int    // index of its FROM
	flags string // "--platform=… "
	image string // what it is made of, an earlier stage's name looked up
	as    string
}

// ours gives the name of Ferry's image the stage is made of, "" for any other.
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
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			d.builder = d.builder || builderLine.MatchString(strings.TrimSpace(line))
			continue
		}
		if !open {
			d.instruction(i, line)
		}
		open = strings.HasSuffix(strings.TrimRight(line, " \t"), `\`) || open && strings.TrimSpace(line) == ""
	}
	if len(d.stages) == 0 {
		return d, fmt.Errorf("its Dockerfile has no FROM")
	}
	return d, nil
}

func (d *dockerfile) instruction(i int, line string) {
	if m := fromLine.FindStringSubmatch(line); m != nil {
		d.stages = append(d.stages, stage{line: i, flags: m[1], image: d.behind(m[2]), as: m[3]})
	}
	if m := nameLine.FindStringSubmatch(line); m != nil {
		d.name = m[1]
		d.lines[i] = ""
	}
}

// behind gives the image behind the name of an earlier stage.
func (d *dockerfile) behind(image string) string {
	for i := len(d.stages) - 1; i >= 0; i-- {
		if d.stages[i].as != "" && strings.EqualFold(d.stages[i].as, image) {
			return d.stages[i].image
		}
	}
	return image
}

// rewrite gives the text with the images named in refs replaced, and with more
// lines after the FROM of each stage.
func (d dockerfile) rewrite(refs map[string]string, after func(stage) []string) string {
	lines := append([]string(nil), d.lines...)
	for _, s := range d.stages {
		m := fromLine.FindStringSubmatch(lines[s.line])
		if ref, ok := refs[m[2]]; ok {
			lines[s.line] = "FROM " + s.flags + ref
			if s.as != "" {
				lines[s.line] += " AS " + s.as
			}
		}
		lines[s.line] = strings.Join(append([]string{lines[s.line]}, after(s)...), "\n")
	}
	return strings.Join(lines, "\n")
}
