package cassandra

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// manyCopies is a keyspace with more copies than nodes would be left to hold them.
type manyCopies struct {
	keyspace     string
	copies, most int
}

func (m manyCopies) Error() string {
	return fmt.Sprintf("keyspace %s keeps %d copies of each row, which %d nodes cannot hold", m.keyspace, m.copies, m.most)
}

const replications = "SELECT keyspace_name, replication FROM system_schema.keyspaces"

// few fails when a keyspace has more copies of its rows than that.
func few(ctx context.Context, s session, most int) error {
	var bad []manyCopies
	iter := s.Query(replications).IterContext(ctx)
	var keyspace string
	var options map[string]string
	for iter.Scan(&keyspace, &options) {
		if n := copiesIn(options); n > most {
			bad = append(bad, manyCopies{keyspace, n, most})
		}
	}
	if err := iter.Close(); err != nil {
		return fmt.Errorf("read how many copies keyspaces have: %w", err)
	}
	if len(bad) == 0 {
		return nil
	}
	return slices.MinFunc(bad, func(a, b manyCopies) int { return strings.Compare(a.keyspace, b.keyspace) })
}

// copiesIn is the number of copies that a keyspace's options ask for in the one data
// center that there is: 'replication_factor': '3', or 'datacenter1': '3'. Of "3/1" one of
// the three is transient.
func copiesIn(options map[string]string) (most int) {
	for key, value := range options {
		whole, _, _ := strings.Cut(value, "/")
		if n, err := strconv.Atoi(whole); err == nil && key != "class" {
			most = max(most, n)
		}
	}
	return most
}
