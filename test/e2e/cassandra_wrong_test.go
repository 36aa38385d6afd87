//go:build e2e

package e2e

import "testing"

// What a user gets wrong about rings and graphs: every fault at its place, and
// nothing is made.
func TestWrongCassandra(t *testing.T) {
	h := newHome(t)
	const ring = "backend:\n  - storage:\n      personality: cassandra\n"
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"no instances, and a graph on another storage": {
			ring + "      instances: 0\n  - storage:\n      personality: gluster\n      layers: [titan]\n",
			[]string{"2 things are wrong", "app.yaml:4:18:", "at least 1", "app.yaml:7:16:", "titan cannot be a layer of gluster"},
		},
		"options": {
			ring + "      instances: 2\n      layers: [janusgraph]\n      args:\n        db: 1-users\n        replication: 3\n        auth: maybe\n" +
				"      resources: {memory: 128m}\n",
			[]string{
				"4 things are wrong", "app.yaml:7:13:", `"1-users" cannot be the name of a keyspace`, "app.yaml:8:22:", "there are 2 nodes to hold a copy",
				"app.yaml:9:15:", `auth cannot be "maybe"`, "app.yaml:10:27:", "at least 768 MiB",
			},
		},
		"no name for the graph": {ring + "      layers: [titan]\n", []string{"app.yaml:", "titan needs the name of its graph", "args: {db: users}"}},
		"Cassandra's own name":  {ring + "      layers: [titan]\n      args: {db: system_auth}\n", []string{"app.yaml:5:18:", "Cassandra's own"}},
		"a client of nothing": {
			"backend:\n  - storage: {personality: gluster, instances: 1}\nconnectors:\n  - personality: cassandra-client\n",
			[]string{"app.yaml:4:18:", "nothing here to connect to"},
		},
		"more than the host has": {ring + "      instances: 100\n      resources: {memory: 100g}\n", []string{"app.yaml:", "needs at least 1", "GiB of memory"}},
	} {
		t.Run(name, func(t *testing.T) {
			h.file("app.yaml", c.text)
			h.refused(t, 2, c.want, "start", "app.yaml")
		})
	}
	t.Run("one-liner", func(t *testing.T) { h.refused(t, 2, []string{"0"}, "start", "cassandra:0") })
	h.nothingMade()
}
