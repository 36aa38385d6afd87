package arch

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// A claim is a sentence of a document with numbers in it (%v), and the constants
// that the numbers are: folder.name, in the unit of the sentence.
type claim struct {
	doc, says string
	constants []string
	unit      int64 // of each constant; 0: one
}

const minute = 60 * 1_000_000_000

var claims = []claim{
	{doc: "docs/architecture.md", says: "between %v and %v at once", constants: []string{"internal/server.fewestCalls", "internal/server.mostCalls"}},
	{doc: "docs/architecture.md", says: "removals are bounded at %v", constants: []string{"internal/run.parallelRemovals"}},
	{doc: "docs/architecture.md", says: "waits, which mostly idle here, at %v", constants: []string{"internal/run.parallelWaits"}},
	{doc: "docs/architecture.md", says: "more than the %v lines", constants: []string{"test/arch.packageLines"}},
	{doc: "docs/architecture.md", says: "at most %v times in", constants: []string{"internal/watch.RepairLimit"}},
	{doc: "docs/architecture.md", says: "times in %v minutes", constants: []string{"internal/watch.RepairWindow"}, unit: minute},
	{doc: "internal/personality/gluster/README.md", says: "**Ports** %v (management), %v (the brick)", constants: []string{
		"internal/personality/gluster.glusterd", "internal/personality/gluster.brickPort",
	}},
	{doc: "internal/personality/gluster/README.md", says: "a silent brick is given up | %v |", constants: []string{"internal/personality/gluster.defaultPing"}},
	{doc: "internal/personality/cassandra/README.md", says: "the first %v nodes", constants: []string{"internal/personality/cassandra.seeds"}},
	{doc: "internal/personality/cassandra/README.md", says: "**Ports** %v (native protocol), %v (between nodes)", constants: []string{
		"internal/personality/cassandra.native", "internal/personality/cassandra.storage",
	}},
	{doc: "internal/personality/hive/README.md", says: "**Ports** %v (Thrift), %v (metastore), **Web** %v", constants: []string{
		"internal/personality/hive.serverPort", "internal/personality/hive.metastorePort", "internal/personality/hive.serverWeb",
	}},
	{doc: "internal/personality/mpi/README.md", says: "**Ports** %v (ssh)", constants: []string{"internal/personality/mpi.sshPort"}},
	{doc: "internal/personality/hadoop/README.md", says: "**Ports** %v (HDFS)", constants: []string{"internal/personality/hadoop.rpc"}},
	{doc: "internal/personality/hadoop/README.md", says: "%v (a worker's NodeManager), %v (a worker's DataNode)", constants: []string{
		"internal/personality/hadoop/mapreduce.NodeWeb", "internal/personality/hadoop.dataWeb",
	}},
	{doc: "internal/personality/hadoop/README.md", says: "**Web**: NameNode %v, ResourceManager %v, history server %v", constants: []string{
		"internal/personality/hadoop/mapreduce.HDFSWeb", "internal/personality/hadoop/mapreduce.ManagerWeb",
		"internal/personality/hadoop/mapreduce.HistoryWeb",
	}},
}

var small = []string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"}

// spellings returns how a document may write a number.
func spellings(n int64) []string {
	out := []string{strconv.FormatInt(n, 10)}
	if n < int64(len(small)) {
		out = append(out, small[n])
	}
	if n >= 1000 {
		out = append(out, fmt.Sprintf("%d,%03d", n/1000, n%1000))
	}
	return out
}

// sentences returns every spelling of a sentence with these numbers.
func sentences(says string, numbers []int64) []string {
	if len(numbers) == 0 {
		return []string{says}
	}
	var out []string
	for _, n := range spellings(numbers[0]) {
		out = append(out, sentences(strings.Replace(says, "%v", n, 1), numbers[1:])...)
	}
	return out
}

// untrue returns what is wrong with a claim, given the text and the constants.
func untrue(c claim, text string, of map[string]int64) string {
	var numbers []int64
	for _, name := range c.constants {
		n, ok := of[name]
		if !ok {
			return "there is no constant " + name
		}
		numbers = append(numbers, n/max(c.unit, 1))
	}
	if n := strings.Count(c.says, "%v"); n != len(numbers) || n == 0 {
		return fmt.Sprintf("the claim %q has not as many places as constants", c.says)
	}
	flat := strings.Join(strings.Fields(text), " ")
	all := sentences(c.says, numbers)
	for _, s := range all {
		if strings.Contains(flat, s) {
			return ""
		}
	}
	return fmt.Sprintf("nothing says %q", all[0])
}

// constants returns those numeric constants of the files that are written out,
// in nanoseconds and bytes, by folder.name.
func constants(files map[string]*ast.File) map[string]int64 {
	out := map[string]int64{}
	for path, f := range files {
		for _, d := range f.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.CONST {
				for _, s := range g.Specs {
					written(filepath.Dir(path), s.(*ast.ValueSpec), out)
				}
			}
		}
	}
	return out
}

var units = strings.NewReplacer("time.Minute", "60000000000", "time.Second", "1000000000", "time.Millisecond", "1000000", "ferry.MiB", "1048576")

func written(folder string, s *ast.ValueSpec, out map[string]int64) {
	for i, v := range s.Values {
		got, err := types.Eval(token.NewFileSet(), nil, token.NoPos, units.Replace(types.ExprString(v)))
		if err != nil || got.Value == nil {
			continue // made of other constants
		}
		value := got.Value
		if value.Kind() == constant.String {
			value = constant.MakeFromLiteral(constant.StringVal(value), token.INT, 0)
		}
		if n, exact := constant.Int64Val(constant.ToInt(value)); exact {
			out[folder+"."+s.Names[i].Name] = n
		}
	}
}

func TestNumbersInDocumentsAreTheConstants(t *testing.T) {
	of := constants(goFiles(t))
	for _, c := range claims {
		if wrong := untrue(c, read(t, c.doc), of); wrong != "" {
			t.Errorf("%s: %s", c.doc, wrong)
		}
	}
}

func TestWrongNumbersWouldBeNoticed(t *testing.T) {
	of := map[string]int64{"p.three": 3, "p.long": 2 * minute, "p.many": 1500}
	text := "It tries three\n  times in 2 minutes, 1,500 lines, and waits."
	for says, c := range map[string]struct {
		claim claim
		wrong bool
	}{
		"a word":             {claim{says: "tries %v times", constants: []string{"p.three"}}, false},
		"a unit":             {claim{says: "in %v minutes", constants: []string{"p.long"}, unit: minute}, false},
		"a thousand":         {claim{says: "%v lines", constants: []string{"p.many"}}, false},
		"another number":     {claim{says: "in %v minutes", constants: []string{"p.three"}}, true},
		"no such constant":   {claim{says: "tries %v times", constants: []string{"p.gone"}}, true},
		"no place":           {claim{says: "waits", constants: nil}, true},
		"no such sentence":   {claim{says: "%v goats", constants: []string{"p.three"}}, true},
		"too many constants": {claim{says: "tries %v times", constants: []string{"p.three", "p.many"}}, true},
	} {
		if got := untrue(c.claim, text, of); (got != "") != c.wrong {
			t.Errorf("%s: %q", says, got)
		}
	}
}
