package show

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/google/go-cmp/cmp"

	"github.com/ferry-project/ferry"
)

func TestDataKeepsNamesOrderAndText(t *testing.T) {
	v := struct {
		Z string            `json:"z"`
		A string            `json:"a_b"`
		N *int              `json:"n"`
		M map[string]string `json:"m"`
		T string            `json:"t"`
	}{"3.10", "<&>", nil, map[string]string{"on": "yes"}, "one\ntwo\n"}
	for format, want := range map[string]string{
		JSON: "{\n  \"z\": \"3.10\",\n  \"a_b\": \"<&>\",\n  \"n\": null,\n  \"m\": {\n    \"on\": \"yes\"\n  },\n  \"t\": \"one\\ntwo\\n\"\n}\n",
		YAML: "z: '3.10'\na_b: <&>\n'n': null\nm:\n  'on': 'yes'\nt: |\n  one\n  two\n",
	} {
		t.Run(format, func(t *testing.T) {
			var out bytes.Buffer
			if err := Data(&out, format, v); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, out.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestYAMLReadsBack: whatever text there is, it comes back as the same text.
func TestYAMLReadsBack(t *testing.T) {
	for _, text := range []string{
		"", "null", "~", "true", "0755", "1e3", "- a", "a: b", "# no", "{x", "é ☃ 😀", "tab\there",
		"trailing ", " leading", "line\n\nline", "\u2028", "\x01", "\u0085", "'\"",
	} {
		var out bytes.Buffer
		if err := Data(&out, YAML, []string{text}); err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		var back []string
		if err := yaml.Load(out.Bytes(), &back); err != nil || len(back) != 1 || back[0] != text {
			t.Errorf("%q came back as %q (%v) from %q", text, back, err, out.String())
		}
	}
}

func TestDataThatCannotBe(t *testing.T) {
	if err := Data(&bytes.Buffer{}, JSON, func() {}); err == nil {
		t.Error("a function was written as JSON")
	}
}

func TestError(t *testing.T) {
	fault := ferry.Fault{Path: "backend[0]", Message: "no storage", File: "a.yaml", Line: 2, Column: 3, Excerpt: "- x: 1"}
	full := &ferry.Error{Code: ferry.Failed, Message: "it broke", Output: "a\nb\n\n", Hint: "mend it", Faults: []ferry.Fault{fault}}
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"sentence":  {ferry.Errorf(ferry.Conflict, "it runs"), "error: it runs\n"},
		"all of it": {full, "error: it broke\n  a.yaml:2:3: backend[0]: no storage\n      - x: 1\n        ^\n  | a\n  | b\nhint: mend it\n"},
		"wrapped":   {fmt.Errorf("stop lab: %w", ferry.Errorf(ferry.Conflict, "it runs").WithHint("wait")), "error: stop lab: it runs\nhint: wait\n"},
		"faults":    {ferry.Faults{fault, {Message: "no connector"}}, "error: 2 faults\n  a.yaml:2:3: backend[0]: no storage\n      - x: 1\n        ^\n  no connector\n"},
		"one fault": {ferry.Faults{{Message: "no connector"}}, "error: 1 fault\n  no connector\n"},
		"defect":    {errors.New("nil plan"), "error: nil plan\nthis is a defect of Ferry; please report it, with what you did and `ferry version`\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			Error(&out, c.err)
			if diff := cmp.Diff(c.want, out.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestUnits(t *testing.T) {
	for got, want := range map[string]string{
		Age(-time.Second):                             "0s",
		Age(59 * time.Second):                         "59s",
		Age(59*time.Minute + 59*time.Second):          "59m",
		Age(47 * time.Hour):                           "47h",
		Age(72 * time.Hour):                           "3d",
		Seconds(59940 * time.Millisecond):             "59.9 s",
		Seconds(time.Minute + 29600*time.Millisecond): "1 min 30 s",
		Seconds(119600 * time.Millisecond):            "2 min 0 s",
		ferry.Size(0):                                 "",
		ferry.Size(1023):                              "1023 B",
		ferry.Size(1 << 20):                           "1 MiB",
		ferry.Size(1610612736):                        "1.5 GiB",
		ferry.Size(5 << 50):                           "5120 TiB",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestPorts(t *testing.T) {
	got := Ports([]ferry.Port{{Container: 22}, {Container: 80, Host: 8080}, {Container: 81, Host: 81, Address: "0.0.0.0"}, {Container: 82, Host: 82, Address: "::1"}})
	if want := "127.0.0.1:8080->80,0.0.0.0:81->81,[::1]:82->82"; got != want {
		t.Errorf("got %q", got)
	}
}

func TestRowsFillsEmptyCells(t *testing.T) {
	var out bytes.Buffer
	if err := Rows(&out, []string{"a", "b"}, [][]string{{"", "x"}}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "A  B\n-  x\n") {
		t.Errorf("got %q", out.String())
	}
}
