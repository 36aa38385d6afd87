package cassandra

import (
	"context"
	"fmt"
	"strings"

	"github.com/ferry-project/ferry/internal/script/cql"
	"github.com/ferry-project/ferry/internal/speak"
)

// Every other node's "status" is null here: only status_with_port is filled in.
const gossip = `SELECT status_with_port, "schema" FROM system_views.gossip_info`

// awaitRing waits until the session's node sees the nodes of the ring that it is to see.
func awaitRing(ctx context.Context, s session, want cql.Script, say func(string)) error {
	for {
		seen, err := look(ctx, s)
		if err != nil {
			return fmt.Errorf("see the ring: %w", err)
		}
		if seen.is(want) {
			return nil
		}
		say(seen.text(want.Ring))
		if err := pause(ctx, again); err != nil {
			return err
		}
	}
}

// view is the ring as one node sees it.
type view struct {
	normal, leaving int
	schemas         map[string]bool // of the nodes in state NORMAL
}

func (v view) is(want cql.Script) bool {
	whole := v.normal == want.Ring && v.leaving == 0 || want.OrMore && v.normal >= want.Ring
	return whole && len(v.schemas) == 1
}

func (v view) text(n int) string {
	switch {
	case v.leaving > 0:
		return fmt.Sprintf("%d nodes are leaving the ring", v.leaving)
	case v.normal != n:
		return fmt.Sprintf("it sees %d of %d nodes in the ring", v.normal, n)
	}
	return fmt.Sprintf("%d versions of the schema", len(v.schemas))
}

func look(ctx context.Context, s session) (view, error) {
	v := view{schemas: map[string]bool{}}
	iter := s.Query(gossip).IterContext(ctx)
	var status, schema string
	for iter.Scan(&status, &schema) {
		if strings.HasPrefix(status, "NORMAL") {
			v.normal++
			v.schemas[schema] = true
		}
		if strings.HasPrefix(status, "LEAVING") {
			v.leaving++
		}
	}
	return v, iter.Close()
}

// agree waits until all named nodes have one version of the schema: a statement
// that comes too early fails with INCOMPATIBLE_SCHEMA.
func agree(ctx context.Context, to speak.Peer, work cql.Script, say func(string)) error {
	var nodes []session
	defer func() {
		for _, s := range nodes {
			s.Close()
		}
	}()
	for _, name := range work.Agree {
		to.Node = name
		s, err := enter(ctx, to, work.Users)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		nodes = append(nodes, s)
	}
	for len(nodes) > 0 {
		versions, err := versions(ctx, nodes)
		if err != nil {
			return err
		}
		if versions == 1 {
			break
		}
		say(fmt.Sprintf("%d versions of the schema", versions))
		if err := pause(ctx, again); err != nil {
			return err
		}
	}
	return nil
}

func versions(ctx context.Context, nodes []session) (int, error) {
	seen := map[string]bool{}
	for _, s := range nodes {
		var version string
		if err := s.Query("SELECT schema_version FROM system.local").ScanContext(ctx, &version); err != nil {
			return 0, fmt.Errorf("ask for the schema's version: %w", err)
		}
		seen[version] = true
	}
	return len(seen), nil
}
