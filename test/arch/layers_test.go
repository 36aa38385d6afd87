package arch

import (
	"fmt"
	"go/ast"
	"go/parser"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A side is what a package is for. A package sees only the sides that its own
// may know.
type side string

const (
	words   side = "words"   // what everybody speaks of
	decides side = "decides" // pure: reads and plans, never waits and never acts
	acts    side = "acts"    // does what a plan says, decides nothing
	keeps   side = "keeps"   // remembers
	asks    side = "asks"    // the command line and the wire: they know only the API
	cases   side = "cases"   // the use cases: plans, then acts, and keeps the record true
	whole   side = "whole"   // puts everything together
)

var sees = map[side][]side{
	words:   {words},
	decides: {words, decides},
	acts:    {words, acts},
	keeps:   {words, keeps},
	asks:    {words, asks},
	cases:   {words, decides, acts, keeps, cases},
	whole:   {words, decides, acts, keeps, asks, cases, whole},
}

// layers has every package, from the bottom up; the rank of a package is the
// number of its layer. An import leads to a lower rank and to a side that is
// seen, so packages of one layer do not know each other. Tests may import more.
var layers = []map[side]string{
	{ // These import nothing of Ferry: the nouns (.), and tools that would do for any program.
		words: ". images internal/lines internal/mirror internal/retry internal/spell",
		asks:  "internal/api/tunnel internal/api/unixsock internal/cli/archive internal/web/draw internal/web/login",
	},
	{ // Contracts and single skills, told in the nouns only.
		words: "internal/api internal/ignore internal/script",
		// A personality says what a service is, whoever asks.
		decides: "internal/personality internal/personality/hadoop/site internal/app/tree internal/supervise",
		// An engine knows no plan, no record, no use case and no service.
		// An archive is a form, whoever writes and reads it.
		acts: "internal/engine internal/engine/endpoint internal/secret internal/archive",
		// Records do not know who follows events, nor followers where they are kept.
		keeps: "internal/state internal/event",
		asks:  "internal/cli/browser internal/cli/show internal/proxy",
	},
	{ // What is said in a protocol is everybody's word; who says it acts.
		words: "internal/script/cql internal/script/hadoop internal/script/kafka",
		acts:  "internal/probe internal/speak",
		asks:  "internal/cli/progress internal/api/client internal/api/server",
	},
	{ // What personalities share, and what an engine's own words mean.
		decides: "internal/personality/hadoop/mapreduce",
		acts:    "internal/engine/fitness internal/engine/docker/direct internal/engine/docker/facts internal/engine/docker/transport",
	},
	{ // The planner does not read files of users, nor does who reads them plan. One personality does not know another.
		decides: "internal/app internal/plan internal/personality/cassandra internal/personality/cassandraclient " +
			"internal/personality/gluster internal/personality/hadoop internal/personality/hadoopclient internal/personality/hive " +
			"internal/personality/janusgraph internal/personality/kafka internal/personality/kafkaclient internal/personality/mpi " +
			"internal/personality/mpiclient internal/personality/yarn",
		// The walker does not know who speaks a protocol.
		acts: "internal/build internal/run internal/speak/cassandra internal/speak/hadoop internal/speak/kafka",
		asks: "internal/cli internal/web",
	},
	{ // The use cases are handed their personalities and their engine.
		decides: "internal/personality/all",
		acts:    "internal/engine/docker internal/doctor",
		cases:   "internal/inventory internal/inside internal/job internal/keyring internal/lease internal/bundle internal/transfer",
	},
	{cases: "internal/images internal/planning internal/snapshot internal/watch"},
	{cases: "internal/stack"},
	{whole: "internal/server"},
	{whole: "cmd/ferry"},
	{ // What only tests import lies above everything, so the product cannot.
		whole: "internal/engine/fake internal/engine/enginetest internal/engine/enginetest/tool internal/api/apitest " +
			"internal/personality/personalitytest",
	},
}

const module = "github.com/ferry-project/ferry"

// A place is where a package stands in the table.
type place struct {
	rank int
	side side
}

func places() map[string]place {
	at := map[string]place{}
	for rank, l := range layers {
		for s, packages := range l {
			for p := range strings.FieldsSeq(packages) {
				at[p] = place{rank, s}
			}
		}
	}
	return at
}

// upward returns what is wrong with the imports of one package.
func upward(from string, imports []string) (wrong []string) {
	at := places()
	f, known := at[from]
	if !known {
		return []string{from + " has no rank: put it into the table of test/arch/layers_test.go"}
	}
	for _, to := range imports {
		t, known := at[to]
		switch {
		case !known:
			wrong = append(wrong, fmt.Sprintf("%s imports %s, which has no rank", from, to))
		case t.rank >= f.rank:
			wrong = append(wrong, fmt.Sprintf("%s (rank %d) imports %s (rank %d): imports point downwards", from, f.rank, to, t.rank))
		case !slices.Contains(sees[f.side], t.side):
			wrong = append(wrong, fmt.Sprintf("%s imports %s: what %s must not know what %s", from, to, f.side, t.side))
		}
	}
	return wrong
}

// importsOf returns the packages of Ferry that a file imports, by their folders.
func importsOf(f *ast.File) (folders []string) {
	for _, i := range f.Imports {
		path, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			continue // it would not compile
		}
		if path == module {
			folders = append(folders, ".")
		} else if rest, ours := strings.CutPrefix(path, module+"/"); ours {
			folders = append(folders, rest)
		}
	}
	return folders
}

func TestImportsPointDownwards(t *testing.T) {
	seen := map[string]bool{}
	for path, f := range product(t) {
		folder := filepath.Dir(path)
		seen[folder] = true
		for _, wrong := range upward(folder, importsOf(f)) {
			t.Errorf("%s: %s", path, wrong)
		}
	}
	for folder := range maps.Keys(places()) {
		if !seen[folder] {
			t.Errorf("the table of layers has %s, which is not there", folder)
		}
	}
}

func TestUpwardImportsWouldBeNoticed(t *testing.T) {
	for name, c := range map[string]struct {
		from, imports string
		wrong         bool
	}{
		"the nouns import a tool":           {".", "internal/lines", true},
		"up":                                {"internal/engine", "internal/run", true},
		"across":                            {"internal/personality/hive", "internal/personality/hadoop", true},
		"what decides imports what acts":    {"internal/plan", "internal/engine", true},
		"an engine imports a personality":   {"internal/engine/docker", "internal/personality", true},
		"the command line sees an engine":   {"internal/cli", "internal/engine", true},
		"a use case sees the wire":          {"internal/stack", "internal/api/client", true},
		"the product imports a test's fake": {"internal/server", "internal/engine/fake", true},
		"a package without a rank":          {"internal/new", "", true},
		"an import without a rank":          {"internal/stack", "internal/new", true},
		"the walker knows a protocol":       {"internal/run", "internal/speak/cassandra", true},
		"down":                              {"internal/stack", "internal/plan", false},
		"the whole sees all":                {"internal/server", "internal/api/server", false},
	} {
		if got := upward(c.from, strings.Fields(c.imports)); (len(got) > 0) != c.wrong {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestImportsAreFound(t *testing.T) {
	text := "package p\nimport (\n\"os\"\n\"" + module + "\"\nx \"" + module + "/internal/run\"\n)\n"
	f, err := parser.ParseFile(fset, "p.go", text, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	if got := importsOf(f); !slices.Equal(got, []string{".", "internal/run"}) {
		t.Errorf("found %q", got)
	}
}
