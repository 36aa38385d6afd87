package kafka

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
)

// hostPort stands for the port of the host on which a broker's own for the host is published.
func hostPort() string { return ferry.PortRef(outside) }

// options are a cluster's arguments, checked.
type options struct {
	advertise   string
	profile     profile
	replication int
}

// profile is how a broker and its JVM are set up.
type profile struct {
	least, wish int64 // bytes of a node
	flags       []string
	settings    []setting
}

func profiles() map[string]profile {
	return map[string]profile{
		// The light compiler and collector are half of a start's CPU. A lost broker is
		// noticed after six seconds, not nine: longer than a loaded laptop lets one wait.
		"fast": {
			least: 512 * ferry.MiB, wish: 768 * ferry.MiB,
			flags: []string{"-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"},
			settings: []setting{
				{"broker.session.timeout.ms", "6000"},
				{"broker.heartbeat.interval.ms", "1000"},
				{"group.initial.rebalance.delay.ms", "0"},
				{"offsets.topic.num.partitions", "10"},
				{"transaction.state.log.num.partitions", "10"},
				{"share.coordinator.state.topic.num.partitions", "10"},
				{"metadata.max.idle.interval.ms", "5000"}, // an idle quorum writes a record that often
			},
		},
		"server": {
			least: 1024 * ferry.MiB, wish: 2048 * ferry.MiB,
			flags: []string{"-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-XX:InitiatingHeapOccupancyPercent=35"},
		},
	}
}

// optionsOf reads a service's arguments; its errors are Faults, all at once.
func optionsOf(s ferry.Service) (options, error) {
	faults := personality.CheckSettings(s, name, owned(), badSetting)
	add := func(f *ferry.Fault) {
		if f != nil {
			faults = append(faults, *f)
		}
	}
	chosen, fault := personality.Choose(s, "profile", "fast", "server")
	if fault != nil {
		add(fault)
		chosen = "fast"
	}
	o := options{advertise: s.Args["advertise"], profile: profiles()[chosen]}
	if o.advertise == "" {
		o.advertise = "127.0.0.1"
	}
	if strings.ContainsAny(o.advertise, ":/, \t$") {
		add(&ferry.Fault{
			Path: "args.advertise", Message: fmt.Sprintf("advertise is %q, but must be a name or an IPv4 address alone", o.advertise),
			Hint: "the ports follow from the plan: ferry ps shows them",
		})
	}
	add(personality.LeastMemory(s, "a broker of Kafka", o.profile.least))
	o.replication, fault = personality.Replication(s, "brokers to hold a replica")
	add(fault)
	return o, faults.OrNil()
}

// owned are the settings that follow from the plan, and what to use instead.
func owned() map[string]string {
	plan, data := "it follows from the plan", "data are on the node's volume"
	return map[string]string{
		"node.id": plan, "broker.id": plan, "process.roles": plan, "controller.quorum.voters": plan,
		"controller.quorum.bootstrap.servers": plan, "listeners": plan, "inter.broker.listener.name": plan,
		"controller.listener.names": plan, "listener.security.protocol.map": plan,
		"advertised.listeners": "args.advertise names this machine; the ports follow from the plan",
		"log.dir":              data, "log.dirs": data, "metadata.log.dir": data,
		"default.replication.factor": "args.replication chooses it",
	}
}

// badSetting returns what is wrong with a line of server.properties, if anything.
func badSetting(key, value string) (message, hint string) {
	switch {
	case strings.Trim(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != "":
		return strconv.Quote(key) + " cannot be a setting of server.properties", ""
	case strings.HasSuffix(value, `\`):
		return key + " cannot end with a backslash", "the line after it would be taken for a part of it"
	}
	return "", ""
}
