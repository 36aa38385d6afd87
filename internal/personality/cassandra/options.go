package cassandra

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/ferry-project/ferry"
)

// options are a ring's arguments, checked.
type options struct {
	password    bool
	durability  string
	profile     profile
	replication int
}

// optionsOf reads a service's arguments; its errors are Faults, all at once.
func optionsOf(s ferry.Service) (options, error) {
	var faults ferry.Faults
	choose := func(arg string, of ...string) string {
		v := s.Args[arg]
		if v == "" {
			return of[0]
		}
		if !slices.Contains(of, v) {
			faults = append(faults, ferry.Fault{
				Path: "args." + arg, Message: fmt.Sprintf("%s cannot be %q", arg, v), Hint: "it is " + strings.Join(of, " or "),
			})
		}
		return v
	}
	o := options{
		password:   choose("auth", "password", "none") == "password",
		durability: choose("durability", "batch", "group", "periodic"),
		profile:    profiles()[choose("profile", "fast", "server")],
	}
	var err *ferry.Fault
	if o.replication, err = replication(s); err != nil {
		faults = append(faults, *err)
	}
	if m := s.Resources.Memory; m > 0 && m < o.profile.least {
		faults = append(faults, tooLittle(m, o.profile.least))
	}
	return o, append(faults, configFaults(s)...).OrNil()
}

// tooLittle is said instead of letting the JVM run out of heap while it starts.
func tooLittle(memory, least int64) ferry.Fault {
	return ferry.Fault{
		Path:    "resources.memory",
		Message: fmt.Sprintf("a node of Cassandra needs at least %d MiB with this profile, not %d", least/ferry.MiB, memory/ferry.MiB),
	}
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
			Message: fmt.Sprintf("replication is %d, but there are %d nodes to hold a copy", n, s.Instances),
			Hint:    fmt.Sprintf("ask for %d instances, or for replication %d", n, s.Instances),
		}
	}
	return n, nil
}

// owned are the settings that follow from the plan, and what to use instead.
func owned() map[string]string {
	plan, data := "it follows from the plan", "data are on the node's volume"
	return map[string]string{
		"cluster_name": plan, "num_tokens": plan, "initial_token": plan, "seed_provider": plan,
		"listen_address": plan, "rpc_address": plan, "broadcast_address": plan, "broadcast_rpc_address": plan,
		"native_transport_port": plan, "storage_port": plan, "auto_bootstrap": plan,
		"data_file_directories": data, "commitlog_directory": data, "hints_directory": data,
		"saved_caches_directory": data, "cdc_raw_directory": data,
		"authenticator": "args.auth chooses it", "authorizer": "args.auth chooses it",
		"commitlog_sync": "args.durability chooses it", "commitlog_sync_period": "args.durability chooses it",
		"default_keyspace_rf": "args.replication chooses it",
	}
}

// complete reports whether a value is YAML by itself, so that it takes in nothing
// of the lines after it.
func complete(value string) bool {
	var line map[string]any
	return yaml.Unmarshal([]byte("key: "+value+"\n"), &line) == nil && len(line) == 1
}

func configFaults(s ferry.Service) ferry.Faults {
	var faults ferry.Faults
	own := owned()
	for _, k := range slices.Sorted(maps.Keys(s.Config[name])) {
		f := ferry.Fault{Path: "config." + name + "." + k}
		switch why, taken := own[k]; {
		case taken:
			f.Message, f.Hint = k+" is set by Ferry", why
		case strings.Trim(k, "abcdefghijklmnopqrstuvwxyz0123456789_") != "":
			f.Message = strconv.Quote(k) + " cannot be a setting of cassandra.yaml"
		case !complete(s.Config[name][k]):
			f.Message = fmt.Sprintf("%s: %s cannot be a line of cassandra.yaml", k, s.Config[name][k])
			f.Hint = "brackets and quotes are to be closed on the line"
		default:
			continue
		}
		faults = append(faults, f)
	}
	return faults
}
