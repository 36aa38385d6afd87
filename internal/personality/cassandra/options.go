package cassandra

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
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
	add := func(f *ferry.Fault) {
		if f != nil {
			faults = append(faults, *f)
		}
	}
	choose := func(arg string, of ...string) string {
		v, fault := personality.Choose(s, arg, of...)
		add(fault)
		return v
	}
	o := options{
		password:   choose("auth", "password", "none") == "password",
		durability: choose("durability", "batch", "group", "periodic"),
		profile:    profiles()[choose("profile", "fast", "server")],
	}
	var fault *ferry.Fault
	o.replication, fault = personality.Replication(s, "nodes to hold a copy")
	add(fault)
	add(personality.LeastMemory(s, "a node of Cassandra", o.profile.least))
	return o, append(faults, personality.CheckSettings(s, name, owned(), badSetting)...).OrNil()
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

// badSetting returns what is wrong with a line of cassandra.yaml, if anything.
func badSetting(key, value string) (message, hint string) {
	switch {
	case strings.Trim(key, "abcdefghijklmnopqrstuvwxyz0123456789_") != "":
		return strconv.Quote(key) + " cannot be a setting of cassandra.yaml", ""
	case !complete(value):
		return fmt.Sprintf("%s: %s cannot be a line of cassandra.yaml", key, value), "brackets and quotes are to be closed on the line"
	}
	return "", ""
}
