package kafka

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/ferry-project/ferry"
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
	faults := configFaults(s)
	all := profiles()
	o := options{advertise: s.Args["advertise"], profile: all["fast"]}
	if name := s.Args["profile"]; name != "" {
		p, ok := all[name]
		if !ok {
			faults = append(faults, ferry.Fault{
				Path: "args.profile", Message: fmt.Sprintf("profile cannot be %q", name), Hint: "it is fast or server",
			})
			p = all["fast"]
		}
		o.profile = p
	}
	if o.advertise == "" {
		o.advertise = "127.0.0.1"
	}
	if strings.ContainsAny(o.advertise, ":/, \t$") {
		faults = append(faults, ferry.Fault{
			Path: "args.advertise", Message: fmt.Sprintf("advertise is %q, but must be a name or an IPv4 address alone", o.advertise),
			Hint: "the ports follow from the plan: ferry ps shows them",
		})
	}
	if m := s.Resources.Memory; m > 0 && m < o.profile.least {
		faults = append(faults, ferry.Fault{
			Path:    "resources.memory",
			Message: fmt.Sprintf("a broker of Kafka needs at least %d MiB with this profile, not %d", o.profile.least/ferry.MiB, m/ferry.MiB),
		})
	}
	var fault *ferry.Fault
	if o.replication, fault = replication(s); fault != nil {
		faults = append(faults, *fault)
	}
	return o, faults.OrNil()
}

func replication(s ferry.Service) (int, *ferry.Fault) {
	text := s.Args["replication"]
	if text == "" {
		return max(1, min(3, s.Instances)), nil
	}
	n, err := strconv.Atoi(text)
	switch {
	case err != nil || n < 1:
		return 1, &ferry.Fault{
			Path: "args.replication", Message: fmt.Sprintf("replication is %q, but must be a whole number from 1", text),
		}
	case n > s.Instances:
		return 1, &ferry.Fault{
			Path:    "args.replication",
			Message: fmt.Sprintf("replication is %d, but there are %d brokers to hold a replica", n, s.Instances),
			Hint:    fmt.Sprintf("ask for %d instances, or for replication %d", n, s.Instances),
		}
	}
	return n, nil
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

func configFaults(s ferry.Service) (faults ferry.Faults) {
	own := owned()
	for _, k := range slices.Sorted(maps.Keys(s.Config[name])) {
		f := ferry.Fault{Path: "config." + name + "." + k}
		switch why, taken := own[k]; {
		case taken:
			f.Message, f.Hint = k+" is set by Ferry", why
		case strings.Trim(k, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != "":
			f.Message = strconv.Quote(k) + " cannot be a setting of server.properties"
		case strings.HasSuffix(s.Config[name][k], `\`):
			f.Message, f.Hint = k+" cannot end with a backslash", "the line after it would be taken for a part of it"
		default:
			continue
		}
		faults = append(faults, f)
	}
	return faults
}
