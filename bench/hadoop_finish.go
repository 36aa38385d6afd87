package main

import (
	"fmt"
	"maps"
	"strings"

	recipes "github.com/ferry-project/ferry/images"
)

// wordCount puts the text that is in the client's image into HDFS, counts its words
// with MapReduce, and fetches the answer. Each call uses names of its own.
const wordCount = `set -e
id=$(date +%s%N) # a process has the same number after a resume
in=/tmp/bench.$id.txt out=/tmp/bench.$id.words
hdfs dfs -put /service/examples/data/speeches.txt $in 2>/tmp/put.log || { cat /tmp/put.log >&2; exit 1; }
timeout 300 hadoop jar "$EXAMPLES" wordcount $in $out >/tmp/job.log 2>&1 || { tail -20 /tmp/job.log >&2; exit 1; }
hdfs dfs -cat $out/part-r-00000 2>/dev/null`

// job is WordCount as every contender's finish.
func job() (finish, error) {
	text, err := recipes.FS.ReadFile("hadoop-client/rootfs/service/examples/data/speeches.txt")
	if err != nil {
		return finish{}, err
	}
	want := countWords(string(text))
	return finish{
		what: "the job's result was read", command: []string{"bash", "-c", wordCount},
		check: func(out string) error { return counted(out, want) },
	}, nil
}

// countWords counts as WordCount does: by white space.
func countWords(text string) map[string]int {
	n := map[string]int{}
	for word := range strings.FieldsSeq(text) {
		n[word]++
	}
	return n
}

// counted checks the lines of WordCount's output: a word, a tab, a number.
func counted(out string, want map[string]int) error {
	got := map[string]int{}
	for line := range strings.Lines(out) {
		var word string
		var n int
		if _, err := fmt.Sscanf(line, "%s\t%d", &word, &n); err != nil {
			return fmt.Errorf("no line of a word count: %q", line)
		}
		got[word] = n
	}
	if !maps.Equal(got, want) {
		return fmt.Errorf("%d words counted, want %d, or one of them wrongly: %.300q", len(got), len(want), out)
	}
	return nil
}

// firstQuery makes a table, fills it and asks for sums.
const firstQuery = `timeout 300 beeline --silent=true --outputformat=tsv2 -e "
create table planets (name string, moons int, kind string);
insert into planets values ('Mercury', 0, 'terrestrial'), ('Venus', 0, 'terrestrial'), ('Earth', 1, 'terrestrial'),
  ('Mars', 2, 'terrestrial'), ('Jupiter', 97, 'gas giant'), ('Saturn', 274, 'gas giant'), ('Uranus', 28, 'ice giant'), ('Neptune', 16, 'ice giant');
select kind, count(*) as n, sum(moons) as moons from planets group by kind order by kind;
" 2>/tmp/beeline.log || { tail -20 /tmp/beeline.log >&2; exit 1; }`

var planetsByKind = []string{"gas giant\t2\t371", "ice giant\t2\t44", "terrestrial\t4\t3"}

func query() finish {
	return finish{what: "the first query's answer", command: []string{"bash", "-c", firstQuery}, check: func(out string) error {
		return answered(out, planetsByKind)
	}}
}

// answered checks that the rows of a table, in this order, end an output.
func answered(out string, want []string) error {
	lines := strings.FieldsFunc(out, func(r rune) bool { return r == '\n' || r == '\r' })
	if len(lines) < len(want) || strings.Join(lines[len(lines)-len(want):], "\n") != strings.Join(want, "\n") {
		return fmt.Errorf("the query answered %q, want %q", out, want)
	}
	return nil
}
