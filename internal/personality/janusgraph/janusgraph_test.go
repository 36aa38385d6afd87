package janusgraph

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
	"github.com/ferry-project/ferry/internal/personality/personalitytest"
	"github.com/ferry-project/ferry/internal/script/cql"
)

func request(args map[string]string, ring map[string]string) personality.Request {
	e := ferry.Export{Personality: "cassandra", Nodes: []string{"cassandra0", "cassandra1"}, Values: map[string]string{"seeds": "cassandra0,cassandra1", "port": "9042", "replication": "2"}}
	maps.Copy(e.Values, ring)
	return personality.Request{
		Lineage: "sa-1", ID: "se-1", Service: ferry.Service{Personality: name, Args: args},
		Nodes: []personality.Machine{{Name: "titan0", Memory: 1 << 30}}, Beneath: []ferry.Export{e},
	}
}

func described(t *testing.T, r personality.Request) ferry.Blueprint {
	t.Helper()
	bp, err := Personality{}.Describe(r)
	if err != nil {
		t.Fatal(err)
	}
	return bp
}

func TestNamesOfGraphs(t *testing.T) {
	for name, c := range map[string]struct{ db, says string }{
		"plain":         {"users", ""},
		"digits":        {"users_2", ""},
		"upper case":    {"Users", "cannot be the name"},
		"missing":       {"", "needs the name"},
		"hyphen":        {"my-graph", "cannot be the name"},
		"digit first":   {"1graph", "cannot be the name"},
		"a statement":   {"a; DROP KEYSPACE b", "cannot be the name"},
		"too long":      {strings.Repeat("a", 49), "cannot be the name"},
		"system's":      {"system_auth", "Cassandra's own"},
		"system itself": {"system", "Cassandra's own"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Personality{}.Nodes(ferry.Service{Args: map[string]string{"db": c.db}})
			var faults ferry.Faults
			if c.says == "" && err == nil {
				return
			}
			if !errors.As(err, &faults) || faults[0].Path != "args.db" || !strings.Contains(faults[0].Message, c.says) || c.says == "" {
				t.Errorf("got %v, want %q", err, c.says)
			}
		})
	}
}

func TestSettingsThatFollowFromThePlanAreRefused(t *testing.T) {
	s := ferry.Service{Args: map[string]string{"db": "users"}, Config: map[string]map[string]string{recipe: {
		"storage.hostname": "elsewhere", "storage.cql.keyspace": "other", "cache.db-cache": "false", "ids.block-size": "1\\",
	}}}
	_, err := Personality{}.Nodes(s)
	var faults ferry.Faults
	if !errors.As(err, &faults) || len(faults) != 3 {
		t.Fatalf("got %v, want three faults", err)
	}
}

func TestTablesAreMadeInTheRingBeforeTheServerBegins(t *testing.T) {
	bp := described(t, request(map[string]string{"db": "users"}, map[string]string{"user": "ferry", "password": "${p}"}))
	tables, begin := bp.Tasks[0], bp.Tasks[1]
	said := personalitytest.Script[cql.Script](t, tables.Ask)
	if tables.Node != "cassandra0" || tables.After[0] != "ready cassandra0" || len(said.Statements) != 16 || len(said.Agree) != 2 {
		t.Errorf("%+v says %+v", tables, said)
	}
	if !strings.Contains(said.Statements[0].Text, "KEYSPACE IF NOT EXISTS users WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 2}") {
		t.Error(said.Statements[0].Text)
	}
	if begin.After[0] != "tables" || bp.Probes[0].After[0] != "begin" || begin.Command[1] != bp.Nodes[0].Processes[0].Command[1] {
		t.Errorf("%+v, %+v", begin, bp.Probes[0])
	}
	if said.Users[0].Password != "${p}" {
		t.Errorf("tables are made as %+v", said.Users)
	}
}

func TestTheServersLoginMayUseItsKeyspaceOnly(t *testing.T) {
	bp := described(t, request(map[string]string{"db": "users"}, map[string]string{"user": "ferry", "password": "${p}"}))
	password := ferry.SecretRef("titan-se-1", "value")
	if len(bp.Secrets) != 1 || bp.Secrets[0] != (ferry.Secret{Name: "titan-se-1", Kind: ferry.Password}) {
		t.Errorf("secrets %v", bp.Secrets)
	}
	f := bp.Nodes[0].Files[0]
	if f.Mode != 0o600 || !strings.Contains(f.Content, "storage.password="+password+"\n") ||
		!strings.Contains(f.Content, "storage.username=titan\n") || strings.Contains(f.Content, "${p}") {
		t.Errorf("%+v", f)
	}
	for _, s := range personalitytest.Script[cql.Script](t, bp.Tasks[0].Ask).Statements {
		if strings.Contains(s.Text, "SUPERUSER") || strings.HasPrefix(s.Text, "GRANT") && !strings.Contains(s.Text, " ON KEYSPACE users TO titan") {
			t.Error(s.Text)
		}
	}
}

func TestWithoutPasswordsNoneIsGiven(t *testing.T) {
	bp := described(t, request(map[string]string{"db": "users"}, nil))
	said := personalitytest.Script[cql.Script](t, bp.Tasks[0].Ask)
	if strings.Contains(bp.Nodes[0].Files[0].Content, "storage.username") || len(said.Users) > 0 ||
		len(bp.Secrets) > 0 || len(said.Statements) != 10 {
		t.Errorf("%s %+v", bp.Nodes[0].Files[0].Content, said)
	}
}

func TestUsersSettingsWin(t *testing.T) {
	r := request(map[string]string{"db": "users"}, nil)
	r.Service.Config = map[string]map[string]string{recipe: {"cache.db-cache": "false", "ids.block-size": "100"}}
	got := described(t, r).Nodes[0].Files[0].Content
	for _, want := range []string{"cache.db-cache=false\n", "ids.block-size=100\n", "storage.hostname=cassandra0,cassandra1\n", "storage.cql.keyspace=users\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestServerProfileIsHeavier(t *testing.T) {
	flags := strings.Join(described(t, request(map[string]string{"db": "a", "profile": "server"}, nil)).Nodes[0].Processes[0].Command, " ")
	if !strings.Contains(flags, "-XX:+UseG1GC") || strings.Contains(flags, "TieredStopAtLevel") {
		t.Error(flags)
	}
}
