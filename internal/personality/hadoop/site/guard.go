package site

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
)

// wiring are the keys that tie the machines of a stack together, by file. One
// that ends in a star stands for all that begin so.
var wiring = map[string][]string{
	"core-site": {"fs.defaultFS", "fs.default.name"},
	"hdfs-site": {
		"dfs.namenode.name.dir", "dfs.datanode.data.dir", "dfs.name.dir", "dfs.data.dir", "dfs.nameservices", "dfs.ha.*",
		"dfs.namenode.rpc-*", "dfs.namenode.http-*", "dfs.namenode.servicerpc-*",
		"dfs.datanode.address", "dfs.datanode.http.address", "dfs.datanode.ipc.address", "dfs.hosts*",
	},
	"yarn-site": {
		"yarn.resourcemanager.hostname", "yarn.resourcemanager.address", "yarn.resourcemanager.bind-host",
		"yarn.resourcemanager.scheduler.address", "yarn.resourcemanager.resource-tracker.address",
		"yarn.resourcemanager.fs.state-store.uri", "yarn.resourcemanager.nodes.*", "yarn.resourcemanager.admin.address",
		"yarn.resourcemanager.webapp.address", "yarn.resourcemanager.ha.*",
		"yarn.nodemanager.address", "yarn.nodemanager.hostname", "yarn.nodemanager.local-dirs", "yarn.nodemanager.log-dirs",
		"yarn.nodemanager.webapp.address", "yarn.nodemanager.env-whitelist", "yarn.log.server.url",
	},
	"mapred-site": {
		"mapreduce.jobhistory.address", "mapreduce.jobhistory.webapp.address",
		"mapreduce.jobhistory.done-dir", "mapreduce.jobhistory.intermediate-done-dir",
	},
	"hive-site": {
		"javax.jdo.option.*", "hive.metastore.uris", "hive.metastore.port", "hive.metastore.thrift.bind.host",
		"metastore.thrift.uris", "metastore.thrift.port", "metastore.thrift.bind.host", // the newer names, which win
		"hive.server2.thrift.port", "hive.server2.thrift.bind.host", "hive.server2.webui.port", "hive.server2.webui.host",
		"hive.server2.transport.mode", "hive.server2.authentication",
	},
}

// Check finds settings that would break Ferry's wiring. The paths of its faults
// are relative to the service's block.
func Check(config map[string]map[string]string) ferry.Faults {
	var faults ferry.Faults
	for _, file := range slices.Sorted(maps.Keys(config)) {
		for _, key := range slices.Sorted(maps.Keys(config[file])) {
			if wired(file, key) {
				faults = append(faults, ferry.Fault{
					Path:    "config." + file + "." + key,
					Message: fmt.Sprintf("%s is Ferry's to set: it ties the machines of the stack together", key),
					Hint:    "leave it out",
				})
			}
		}
	}
	return faults
}

func wired(file, key string) bool {
	return slices.ContainsFunc(wiring[file], func(w string) bool {
		stem, many := strings.CutSuffix(w, "*")
		return key == w || many && strings.HasPrefix(key, stem)
	})
}
