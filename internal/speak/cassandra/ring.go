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

// awaitRing waits until the session's node sees n nodes in the ring.
func awaitRing(ctx context.Context, s session, n int, say func(string)) error {
	for {
		seen, err := look(ctx, s)
		if err != nil {
			return fmt.Errorf("see the ring: %w", err)
		}
		if seen.normal >= n && len(seen.schemas) == 1 {
			return nil
		}
		say(seen.text(n))
		if err := pause(ctx, again); err != nil {
			return err
		}
	}
}

// view is the ring as one node sees it.
type view struct {
	normal  int
	schemas map[string]bool // of the nodes in state NORMAL
}

func (v view) text(n int) string {
	if v.normal < n {
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
