package janusgraph

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
)

// reserved are the keyspaces that Cassandra keeps for itself.
func reserved(db string) bool {
	db = strings.ToLower(db)
	return db == "system" || strings.HasPrefix(db, "system_")
}

// properties is janusgraph.properties; the user's own settings win.
func (g graph) properties() string {
	v := g.ring.Values
	set := map[string]string{
		"gremlin.graph":                           "org.janusgraph.core.JanusGraphFactory",
		"storage.backend":                         "cql",
		"storage.hostname":                        v["seeds"], // its driver learns of the others, and of those that join
		"storage.port":                            v["port"],
		"storage.cql.keyspace":                    g.db(),
		"storage.cql.local-datacenter":            "datacenter1",
		"storage.cql.replication-factor":          v["replication"],
		"storage.cql.read-consistency-level":      "QUORUM",
		"storage.cql.write-consistency-level":     "QUORUM",
		"storage.cql.internal.file-configuration": "/opt/janusgraph/conf/driver.conf",
		"storage.setup-wait":                      "120000",
		"storage.connection-timeout":              "10000",
		"index.search.backend":                    "lucene",
		"index.search.directory":                  "/service/data/index",
		"cache.db-cache":                          "true",
		"cache.db-cache-time":                     "180000",
		"cache.db-cache-size":                     "0.25",
		"graph.set-vertex-id":                     "false",
		// A server that was killed left its registration in the graph. It is the only
		// one there is, so it takes its place: else no schema could be changed any more.
		"graph.unique-instance-id":         g.node.Name,
		"graph.replace-instance-if-exists": "true",
	}
	if g.passwords() {
		set["storage.username"], set["storage.password"] = role, ferry.SecretRef(g.secret(), "value")
	}
	maps.Copy(set, g.request.Service.Config[recipe])
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(set)) {
		fmt.Fprintf(&b, "%s=%s\n", k, set[k])
	}
	return b.String()
}

func configFaults(s ferry.Service) ferry.Faults {
	var faults ferry.Faults
	for _, k := range slices.Sorted(maps.Keys(s.Config[recipe])) {
		f := ferry.Fault{Path: "config." + recipe + "." + k}
		switch {
		case strings.HasPrefix(k, "storage.") && !strings.HasPrefix(k, "storage.cql.") || k == "storage.cql.keyspace":
			f.Message, f.Hint = k+" is set by Ferry", "it follows from the plan"
		case strings.HasSuffix(s.Config[recipe][k], `\`):
			f.Message, f.Hint = k+` must not end with a \`, "the next setting would be a part of it"
		default:
			continue
		}
		faults = append(faults, f)
	}
	return faults
}
