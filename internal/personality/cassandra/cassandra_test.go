package cassandra

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
	"github.com/ferry-project/ferry/internal/personality/personalitytest"
	"github.com/ferry-project/ferry/internal/script/cql"
)

func service(n int, args map[string]string) ferry.Service {
	return ferry.Service{Personality: name, Instances: n, Args: args}
}

func machines(names ...string) []personality.Machine {
	var all []personality.Machine
	for _, n := range names {
		all = append(all, personality.Machine{Name: n, Role: "node", Memory: 1 << 30})
	}
	return all
}

func described(t *testing.T, s ferry.Service, names ...string) ferry.Blueprint {
	t.Helper()
	bp, err := Personality{}.Describe(personality.Request{Lineage: "sa-1", ID: "se-1", Service: s, Nodes: machines(names...)})
	if err != nil {
		t.Fatal(err)
	}
	return bp
}

func TestFaults(t *testing.T) {
	config := service(3, nil)
	config.Config = map[string]map[string]string{name: {
		"listen_address": "0.0.0.0", "Bad-Key": "1", "read_request_timeout": "5s\nauthenticator: none", "hinted_handoff_enabled": "true",
	}}
	small, server := service(1, nil), service(1, map[string]string{"profile": "server"})
	small.Resources.Memory, server.Resources.Memory = 128*ferry.MiB, 1024*ferry.MiB
	for name, c := range map[string]struct {
		service ferry.Service
		want    []string // path, then a part of the message
	}{
		"too little memory":    {small, []string{"resources.memory", "at least 768 MiB with this profile, not 128"}},
		"too little for G1":    {server, []string{"resources.memory", "at least 2048 MiB"}},
		"auth":                 {service(3, map[string]string{"auth": "kerberos"}), []string{"args.auth", `auth cannot be "kerberos"`}},
		"durability":           {service(3, map[string]string{"durability": "yes"}), []string{"args.durability", "durability"}},
		"profile":              {service(3, map[string]string{"profile": "turbo"}), []string{"args.profile", "profile"}},
		"replication too high": {service(2, map[string]string{"replication": "3"}), []string{"args.replication", "there are 2 nodes to hold a copy"}},
		"replication no count": {service(2, map[string]string{"replication": "0"}), []string{"args.replication", "whole number"}},
		"two at once":          {service(1, map[string]string{"auth": "x", "replication": "2"}), []string{"args.auth", "auth", "args.replication", "1 nodes"}},
		"settings": {config, []string{
			"config.cassandra.Bad-Key", "cannot be a setting", "config.cassandra.listen_address", "set by Ferry",
			"config.cassandra.read_request_timeout", "cannot be a line of cassandra.yaml",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Personality{}.Nodes(c.service)
			var faults ferry.Faults
			if !errors.As(err, &faults) || 2*len(faults) != len(c.want) {
				t.Fatalf("got %v, want %d faults", err, len(c.want)/2)
			}
			for i, f := range faults {
				if f.Path != c.want[2*i] || !strings.Contains(f.Message, c.want[2*i+1]) {
					t.Errorf("got %s, want %q at %s", f, c.want[2*i+1], c.want[2*i])
				}
			}
		})
	}
}

func TestReplicationFitsTheSize(t *testing.T) {
	for n, want := range map[int]string{1: "1", 2: "2", 3: "3", 7: "3"} {
		names := []string{"a", "b", "c", "d", "e", "f", "g"}[:n]
		bp := described(t, service(n, nil), names...)
		if got := bp.Export.Values["replication"]; got != want {
			t.Errorf("%d nodes keep %s copies, want %s", n, got, want)
		}
		flags := strings.Join(bp.Nodes[0].Processes[0].Command, " ")
		if !strings.Contains(flags, "-Dcassandra.system_auth.default_rf="+want) {
			t.Errorf("%d nodes: %s", n, flags)
		}
	}
}

func TestConfigurationOfANode(t *testing.T) {
	s := service(2, map[string]string{"durability": "group"})
	s.Config = map[string]map[string]string{name: {"endpoint_snitch": "GossipingPropertyFileSnitch", "read_request_timeout": "7000ms"}}
	got := described(t, s, "cassandra0", "cassandra1").Nodes[1].Files[0].Content
	want := `cluster_name: ferry
num_tokens: 1
initial_token: 0
auto_bootstrap: false
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
seed_provider: [{class_name: org.apache.cassandra.locator.SimpleSeedProvider, parameters: [{seeds: "cassandra0,cassandra1"}]}]
listen_address: cassandra1
rpc_address: cassandra1
native_transport_port: 9042
storage_port: 7000
endpoint_snitch: GossipingPropertyFileSnitch
data_file_directories: [/service/data/data]
commitlog_directory: /service/data/commitlog
hints_directory: /service/data/hints
saved_caches_directory: /service/data/saved_caches
cdc_raw_directory: /service/data/cdc_raw
default_keyspace_rf: 2
read_request_timeout: 7000ms
range_request_timeout: 30000ms
write_request_timeout: 10000ms
counter_write_request_timeout: 10000ms
commitlog_sync: group
commitlog_sync_group_window: 5ms
authenticator: PasswordAuthenticator
authorizer: CassandraAuthorizer
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestSeedsAreTheFirstSix(t *testing.T) {
	bp := described(t, service(8, nil), "a", "b", "c", "d", "e", "f", "g", "h")
	if y := bp.Nodes[7].Files[0].Content; !strings.Contains(y, `seeds: "a,b,c,d,e,f"}`) {
		t.Error(y)
	}
}

func TestWithoutPasswordsNobodyIsMade(t *testing.T) {
	bp := described(t, service(3, map[string]string{"auth": "none"}), "a", "b", "c")
	if len(bp.Secrets) > 0 || slices.ContainsFunc(bp.Tasks, atFirst) || bp.Export.Values["password"] != "" {
		t.Errorf("secrets %v, tasks %v, exported %v", bp.Secrets, bp.Tasks, bp.Export.Values)
	}
	for _, p := range bp.Probes {
		if s := personalitytest.Script[cql.Script](t, p.Ask); len(s.Users) > 0 || len(p.After) > 0 {
			t.Errorf("probe %s logs in as %v after %v", p.Name, s.Users, p.After)
		}
	}
	if y := bp.Nodes[0].Files[0].Content; !strings.Contains(y, "authenticator: AllowAllAuthenticator") {
		t.Error(y)
	}
}

func TestEveryNodeIsAskedForTheWholeRing(t *testing.T) {
	bp := described(t, service(3, nil), "a", "b", "c")
	if len(bp.Probes) != 3 {
		t.Fatalf("%d probes", len(bp.Probes))
	}
	for i, p := range bp.Probes {
		s := personalitytest.Script[cql.Script](t, p.Ask)
		if p.Node != bp.Nodes[i].Name || p.Ask.Port != 9042 || s.Ring != 3 || len(s.Statements) != 3 || p.After[0] != "lock" {
			t.Errorf("probe %+v asks %+v", p, s)
		}
	}
}

func TestProfilesDifferInCollectorCompilerAndMemory(t *testing.T) {
	fast := described(t, service(1, nil), "a").Nodes[0].Processes[0].Command
	server := described(t, service(1, map[string]string{"profile": "server"}), "a").Nodes[0].Processes[0].Command
	for _, c := range []struct {
		flags  []string
		has    string
		hasNot string
	}{{fast, "-XX:+UseSerialGC", "-XX:+UseG1GC"}, {server, "-XX:+UseG1GC", "-XX:TieredStopAtLevel=1"}, {fast, "-Xmx512m", "-Xmx1024m"}} {
		all := strings.Join(c.flags, " ")
		if !strings.Contains(all, c.has) || strings.Contains(all, c.hasNot) {
			t.Errorf("want %s and not %s: %s", c.has, c.hasNot, all)
		}
	}
	shapes, err := Personality{}.Nodes(service(1, map[string]string{"profile": "server"}))
	if err != nil || shapes[0].MemoryMin != 2<<30 {
		t.Errorf("server: %v, %v", shapes, err)
	}
}

func TestOneNodeIsSaidToBeAlone(t *testing.T) {
	if notes := described(t, service(1, nil), "a").Notes; len(notes) != 1 || !strings.Contains(notes[0], "without losing quorum") {
		t.Error(notes)
	}
	if notes := described(t, service(3, nil), "a", "b", "c").Notes; len(notes) != 0 {
		t.Error(notes)
	}
}
