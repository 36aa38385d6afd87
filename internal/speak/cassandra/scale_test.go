package cassandra

import (
	"strings"
	"testing"

	"github.com/ferry-project/ferry/internal/script/cql"
)

// Who counts the ring while nodes join sees at least so many; else it sees exactly those,
// and none on its way out.
func TestWaitsForThoseThatLeave(t *testing.T) {
	gossip := func(status ...string) answer {
		a := answer{names: []string{"status_with_port", "schema"}}
		for _, one := range status {
			a.rows = append(a.rows, []string{one, "a"})
		}
		return a
	}
	s := &server{answers: map[string]answer{"SELECT status_with_port": gossip("NORMAL,1", "NORMAL,2", "NORMAL,3")}}
	if err := speakWith(deadline(t), s.dial, cql.Script{Ring: 2, OrMore: true}, quiet); err != nil {
		t.Fatalf("three are not two or more: %v", err)
	}
	set := func(a answer) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.answers["SELECT status_with_port"] = a
	}
	var said []string
	say := func(text string) {
		if len(said) > 0 && said[len(said)-1] == text {
			return
		}
		said = append(said, text)
		switch len(said) {
		case 1:
			set(gossip("NORMAL,1", "NORMAL,2", "LEAVING,3"))
		case 2:
			set(gossip("NORMAL,1", "NORMAL,2", "LEFT,3"))
		}
	}
	if err := speakWith(deadline(t), s.dial, cql.Script{Ring: 2}, say); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(said, "; "); got != "it sees 3 of 2 nodes in the ring; 1 nodes are leaving the ring" {
		t.Error(got)
	}
}

func TestKeyspacesWithTooManyCopies(t *testing.T) {
	keyspaces := answer{names: []string{"keyspace_name", "replication"}, rows: [][]string{
		{"system", "class=Local"},
		{"one", "class=Simple,replication_factor=1"},
		{"two", "class=Network,datacenter1=2"},
		{"users", "class=Network,datacenter1=3"},
		{"apart", "class=Network,datacenter1=4/1"},
	}}
	for most, says := range map[int]string{
		4: "", 3: "keyspace apart keeps 4 copies of each row, which 3 nodes cannot hold", 1: "keyspace apart keeps 4",
	} {
		s := &server{answers: map[string]answer{"SELECT keyspace_name, replication": keyspaces}}
		err := speakWith(deadline(t), s.dial, cql.Script{Copies: most}, quiet)
		if says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says) || !final(err)) {
			t.Errorf("%d nodes: %v, want %q", most, err, says)
		}
	}
}
