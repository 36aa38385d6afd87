package kafka

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

type setting struct{ key, value string }

// properties is server.properties of the i-th broker, the user's own settings last.
func (c cluster) properties(i int) string {
	var b strings.Builder
	for _, s := range slices.Concat(c.place(i), c.copies(), c.profile.settings) {
		if _, own := c.request.Service.Config[name][s.key]; !own {
			fmt.Fprintf(&b, "%s=%s\n", s.key, s.value)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(c.request.Service.Config[name])) {
		fmt.Fprintf(&b, "%s=%s\n", k, c.request.Service.Config[name][k])
	}
	return b.String()
}

// controllers are how many of the brokers are controllers too: an odd number, as one more
// would bear no more losses.
func (c cluster) controllers() int {
	switch n := len(c.request.Nodes); {
	case n >= 5:
		return 5
	case n >= 3:
		return 3
	}
	return 1
}

// place is who the broker is and where it is reached.
func (c cluster) place(i int) []setting {
	var voters []string
	for j, n := range c.names()[:c.controllers()] {
		voters = append(voters, fmt.Sprintf("%d@%s:%d", j, n, quorum))
	}
	roles := "broker"
	listeners := fmt.Sprintf("PLAINTEXT://:%d,HOST://:%d", inside, outside)
	if i < c.controllers() {
		roles += ",controller"
		listeners += fmt.Sprintf(",CONTROLLER://:%d", quorum)
	}
	return []setting{
		{"node.id", strconv.Itoa(i)},
		{"process.roles", roles},
		{"controller.quorum.voters", strings.Join(voters, ",")},
		{"listeners", listeners},
		{"advertised.listeners", fmt.Sprintf("PLAINTEXT://%s:%d,HOST://%s:%s", c.names()[i], inside, c.advertise, hostPort())},
		{"inter.broker.listener.name", "PLAINTEXT"},
		{"controller.listener.names", "CONTROLLER"},
		{"listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,HOST:PLAINTEXT,CONTROLLER:PLAINTEXT"},
		{"log.dirs", dataDir + "/kafka"},
	}
}

// copies of records, and how many of them an acknowledged one has at least: two where
// there are three, so that one may be lost and nothing with it.
func (c cluster) copies() []setting {
	all, least := strconv.Itoa(c.replication), "1"
	if c.replication >= 3 {
		least = "2"
	}
	return []setting{
		{"num.partitions", "3"},
		{"default.replication.factor", all},
		{"min.insync.replicas", least},
		{"offsets.topic.replication.factor", all},
		{"transaction.state.log.replication.factor", all},
		{"transaction.state.log.min.isr", least},
		{"share.coordinator.state.topic.replication.factor", all},
		{"share.coordinator.state.topic.min.isr", least},
	}
}

// identity is meta.properties of the i-th broker. Data has it for life, so it follows
// from what names the data.
func (c cluster) identity(i int) string {
	of := func(what string) string { return uuid(c.request.Lineage + "\x00" + c.request.ID + "\x00" + what) }
	return fmt.Sprintf("version=1\ncluster.id=%s\nnode.id=%d\ndirectory.id=%s\n", of("cluster"), i, of(strconv.Itoa(i)))
}

// uuid is one of Kafka's: sixteen bytes in base64url, which tools would take for an
// option if it began with a hyphen.
func uuid(seed string) string {
	sum := sha256.Sum256([]byte(seed))
	sum[0] &= 0x7f
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// flags are the JVM's, for a node of that much memory: half of it is heap, the rest
// buffers, mapped indexes, the JVM itself and the page cache that serves readers.
func (c cluster) flags(memory int64) []string {
	heap := strconv.FormatInt(cmp.Or(memory, c.profile.wish)/2>>20, 10)
	return append([]string{"-Xms" + heap + "m", "-Xmx" + heap + "m"}, c.profile.flags...)
}
