// Package ignore reads the .dockerignore of a connector's folder, as Docker does:
// the command that packs the folder and the server that builds from it leave out
// the same files.
package ignore

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"

	"github.com/ferry-project/ferry"
)

// File is what the list is called in a folder.
const File = ".dockerignore"

// List is what stays out of a build; the zero value leaves out nothing.
type List struct {
	matcher *patternmatcher.PatternMatcher
}

// Parse reads the text of a list. Its errors are ferry.Faults, one for every
// pattern that is none, with line and column; file is what they call the list.
func Parse(file, text string) (List, error) {
	var all []string
	var faults ferry.Faults
	number := 0
	for line := range strings.Lines(text) {
		number++
		patterns, err := ignorefile.ReadAll(strings.NewReader(line))
		if err == nil {
			err = check(patterns)
		}
		if err != nil {
			faults = append(faults, fault(file, number, line))
			continue
		}
		all = append(all, patterns...)
	}
	if len(faults) > 0 {
		return List{}, faults
	}
	m, err := patternmatcher.New(all)
	if err != nil {
		return List{}, fmt.Errorf("read %s: %w", file, err)
	}
	return List{m}, nil
}

// check uses the patterns once: most of what can be wrong with one is found when
// it is compared with a name.
func check(patterns []string) error {
	m, err := patternmatcher.New(patterns)
	if err != nil {
		return err
	}
	_, err = m.MatchesOrParentMatches("a")
	return err
}

func fault(file string, number int, line string) ferry.Fault {
	excerpt := strings.TrimRight(line, "\r\n")
	text := strings.TrimLeft(excerpt, " \t")
	return ferry.Fault{
		File: file, Line: number, Column: len(excerpt) - len(text) + 1, Excerpt: excerpt,
		Message: fmt.Sprintf("%q is no pattern", text),
		Hint:    `patterns are as Docker's: *, ?, ** and [a-z]; a \ takes a sign as it is`,
	}
}

// Match reports whether a file is left out, by its path in the folder.
func (l List) Match(name string) (bool, error) {
	if l.matcher == nil {
		return false, nil
	}
	return l.matcher.MatchesOrParentMatches(name)
}

// Skip is Match for who walks through the folder: the error is fs.SkipDir when
// all that is in a folder is left out too, as no exception can bring it back.
func (l List) Skip(name string, folder bool) (bool, error) {
	out, err := l.Match(name)
	if err == nil && out && folder && !l.matcher.Exclusions() {
		err = fs.SkipDir
	}
	return out, err
}
