package tree

import (
	"strings"
	"testing"
)

func TestLoadKnowsPlaces(t *testing.T) {
	root, faults, fatal := Load([]byte("a: &x\n  b: [1, two]\nc: *x\nd:\n  <<: *x\n  e: 0755\n"))
	if fatal != nil || len(faults) > 0 {
		t.Fatal(fatal, faults)
	}
	for path, want := range map[string]struct {
		text         string
		line, column int
	}{
		"a.b[0]": {"1", 2, 7}, "a.b[1]": {"two", 2, 10}, "c.b[1]": {"two", 2, 10}, "d.b[0]": {"1", 2, 7}, "d.e": {"0755", 6, 6},
	} {
		if v := Find(root, path); v.Text != want.text || v.Line != want.line || v.Column != want.column {
			t.Errorf("%s is %q at %d:%d, want %+v", path, v.Text, v.Line, v.Column, want)
		}
	}
}

// What can be read is read, and all faults are reported.
func TestLoadGoesOn(t *testing.T) {
	root, faults, fatal := Load([]byte("a: 1\na: 2\nb: !odd x\n? [k]\n: v\nc: &c [*c]\n"))
	if fatal != nil || len(faults) != 4 {
		t.Fatalf("%v, %d faults: %v", fatal, len(faults), faults)
	}
	for i, line := range []int{2, 3, 4, 6} {
		if faults[i].Line != line || faults[i].Column == 0 {
			t.Errorf("fault %d is on line %d, want %d: %s", i, faults[i].Line, line, faults[i].Message)
		}
	}
	if got := Find(root, "a").Text + Find(root, "b").Text; got != "1x" {
		t.Errorf("read %q", got)
	}
}

func TestLoadEndsWhereNothingCanBeRead(t *testing.T) {
	for text, says := range map[string]string{
		"": "empty", "[1]": "not a list", "word": `not "word"`, "a: [": "not valid YAML", "a: \xff": "not a text file",
	} {
		if root, _, fatal := Load([]byte(text)); fatal == nil || root != nil || !strings.Contains(fatal.Message, says) {
			t.Errorf("%q gives %v, want %q", text, fatal, says)
		}
	}
}

// What is set has no place in the file, whatever it holds.
func TestFlow(t *testing.T) {
	v := Flow("[a, {b: c}]")
	if v.Kind != List || len(v.Items) != 2 || !v.Items[1].Get("b").Set || v.Items[1].Get("b").Line != 0 {
		t.Errorf("read %+v", v)
	}
	for _, text := range []string{"[a", "{a: 1, a: 2}", "[*a]"} {
		if v := Flow(text); v.Kind != Scalar || v.Text != text {
			t.Errorf("%s is %+v", text, v)
		}
	}
}

func TestQuotedIsShort(t *testing.T) {
	if q := Quoted(strings.Repeat("ä", 100)); len([]rune(q)) != 62 || !strings.HasSuffix(q, `..."`) {
		t.Error(q)
	}
}
