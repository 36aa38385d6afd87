package cassandra

import (
	"fmt"
	"strconv"

	"github.com/ferry-project/ferry"
)

// profile is how a node's JVM is set up.
type profile struct {
	least, wish int64 // bytes of a node
	flags       []string
	// timeouts are settings of cassandra.yaml; those that are not here are Cassandra's own.
	timeouts []setting
	// rounds of bcrypt, as a power of two. Generated passwords need none; on a busy
	// small machine the default of 10 costs half a second for each new connection.
	rounds int
}

func profiles() map[string]profile {
	return map[string]profile{
		// The light compiler and collector are half of a start's CPU.
		"fast": {
			least: 768 * ferry.MiB, wish: 1024 * ferry.MiB, rounds: 4,
			flags: []string{"-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"},
			// A laptop does other work too: a node that gets no CPU for some seconds is
			// slow, and not a failure. Drivers wait for 10 s by default.
			timeouts: []setting{
				{"read_request_timeout", "10000ms"},
				{"range_request_timeout", "30000ms"},
				{"write_request_timeout", "10000ms"},
				{"counter_write_request_timeout", "10000ms"},
			},
		},
		"server": {
			least: 2048 * ferry.MiB, wish: 4096 * ferry.MiB, rounds: 10,
			flags: []string{"-XX:+UseG1GC", "-XX:MaxGCPauseMillis=300", "-XX:+ParallelRefProcEnabled"},
		},
	}
}

// maxHeap keeps object references short, and with them the class-data archive usable.
const maxHeap = 31 * 1024 * ferry.MiB

// flags are the JVM's, for a node of that much memory: half of it is heap, the rest
// buffers, memory-mapped files and the JVM itself.
func (c ring) flags(memory int64) []string {
	heap := strconv.FormatInt(min(memory/2, maxHeap)/ferry.MiB, 10)
	flags := append([]string{"-Xms" + heap + "m", "-Xmx" + heap + "m"}, c.profile.flags...)
	return append(flags,
		fmt.Sprintf("-XX:MaxDirectMemorySize=%dm", max(64, memory/4/ferry.MiB)),
		// Whether the ring is complete is asked of its nodes, so none waits for
		// gossip to fall silent: 8 s.
		"-Dcassandra.skip_wait_for_gossip_to_settle=0",
		"-Dcassandra.ring_delay_ms=5000",
		"-Dcassandra.superuser_setup_delay_ms=500",
		fmt.Sprintf("-Dcassandra.auth_bcrypt_gensalt_log2_rounds=%d", c.profile.rounds),
		// Cassandra's own default is one copy of its users: one lost node, and nobody gets in.
		fmt.Sprintf("-Dcassandra.system_auth.default_rf=%d", c.replication),
		fmt.Sprintf("-Dcassandra.system_distributed.default_rf=%d", c.replication),
		fmt.Sprintf("-Dcassandra.system_traces.default_rf=%d", min(2, c.replication)),
	)
}
