package main

import (
	"strings"
	"testing"
)

func TestCountedKnowsAWrongCount(t *testing.T) {
	want := countWords("to be or not\tto be\n")
	for name, c := range map[string]struct {
		out   string
		fails bool
	}{
		"right":       {"be\t2\nnot\t1\nor\t1\nto\t2\n", false},
		"one wrong":   {"be\t2\nnot\t1\nor\t1\nto\t3\n", true},
		"one missing": {"be\t2\nnot\t1\nto\t2\n", true},
		"one more":    {"be\t2\nnot\t1\nor\t1\nto\t2\nx\t1\n", true},
		"nothing":     {"", true},
		"a complaint": {"cat: no such file\n", true},
	} {
		t.Run(name, func(t *testing.T) {
			if err := counted(c.out, want); (err != nil) != c.fails {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAnsweredKnowsAWrongRow(t *testing.T) {
	want := []string{"a\t1", "b\t2"}
	for name, c := range map[string]struct {
		out   string
		fails bool
	}{
		"right":       {"kind\tn\na\t1\nb\t2\n", false},
		"wrong":       {"kind\tn\na\t1\nb\t3\n", true},
		"other order": {"kind\tn\nb\t2\na\t1\n", true},
		"nothing":     {"", true},
	} {
		t.Run(name, func(t *testing.T) {
			if err := answered(c.out, want); (err != nil) != c.fails {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestApartNamesComposesContainers(t *testing.T) {
	for file, c := range map[string]struct{ in, want string }{
		"core-site.xml":   {"hdfs://hadoop0:9000", "hdfs://namenode:9000"},
		"yarn-site.xml":   {"hadoop0 http://hadoop0:19888/x", "resourcemanager http://historyserver:19888/x"},
		"mapred-site.xml": {"hadoop0:10020", "historyserver:10020"},
	} {
		if got := apart(file, c.in, "hadoop0"); got != c.want {
			t.Errorf("%s: got %q, want %q", file, got, c.want)
		}
	}
	got := historyCommand([]string{"webhdfs.py", "hadoop0:9870", "hdfs", "--", "mapred"}, "hadoop0")
	if !strings.HasPrefix(got, "webhdfs.py namenode:9870 hdfs -- ") {
		t.Errorf("got %q", got)
	}
}
