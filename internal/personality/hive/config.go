package hive

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality/hadoop/mapreduce"
	"github.com/ferry-project/ferry/internal/personality/hadoop/site"
)

// warehouse in HDFS; on a POSIX directory it is where the original had it.
const warehouse = "/user/hive/warehouse"

// users are the numeric ids that the image assigns to the owners of files.
var users = map[string]string{"ferry": "1000", name: "1104", "postgres": "1105"}

// files of the machine: those of Hadoop, as its clients have them, and Hive's own.
func (h layer) files() []ferry.File {
	own := site.Files{"hive-site": h.serverSite(), "tez-site": h.tezSite()}.Render(confDir)
	for i := range own {
		own[i].Owner = users[h.user()]
		if strings.HasSuffix(own[i].Path, "/hive-site.xml") {
			own[i].Mode = 0o600 // it holds the password
		}
	}
	own = append(own, ferry.File{
		Path: confDir + "/password", Owner: users["postgres"], Mode: 0o600, Content: ferry.SecretRef(h.password(), "value"),
	})
	hadoop := slices.DeleteFunc(slices.Clone(h.parent().Files), func(f ferry.File) bool { return !strings.HasPrefix(f.Path, site.Dir) })
	return append(hadoop, own...)
}

// clientSite is what a client may know.
func (h layer) clientSite() site.Properties {
	p := site.Properties{
		"hive.metastore.uris":                   fmt.Sprintf("thrift://%s:%d", h.machine.Name, metastorePort),
		"hive.metastore.warehouse.dir":          warehouse,
		"hive.metastore.warehouse.external.dir": warehouse,
		"hive.execution.engine":                 "tez",
	}
	if h.nameNode() == "" {
		p["hive.metastore.warehouse.dir"] = h.mount() + "/hive"
		p["hive.metastore.warehouse.external.dir"] = h.mount() + "/hive"
	}
	return p
}

// serverSite is hive-site.xml of the daemons. Queries run as the user who asked
// for them, as on real clusters, where the file system knows users at all.
func (h layer) serverSite() site.Properties {
	p := h.clientSite().With(map[string]string{
		"javax.jdo.option.ConnectionURL":                     fmt.Sprintf("jdbc:postgresql://127.0.0.1:%d/metastore", databasePort),
		"javax.jdo.option.ConnectionDriverName":              "org.postgresql.Driver",
		"javax.jdo.option.ConnectionUserName":                name,
		"javax.jdo.option.ConnectionPassword":                ferry.SecretRef(h.password(), "value"),
		"datanucleus.schema.autoCreateAll":                   "false",
		"hive.metastore.event.db.notification.api.auth":      "false",
		"hive.exec.scratchdir":                               "/tmp/hive",
		"hive.exec.local.scratchdir":                         "/tmp/hive-local",
		"hive.downloaded.resources.dir":                      "/tmp/hive-resources",
		"hive.server2.enable.doAs":                           "true",
		"hive.server2.thrift.bind.host":                      "0.0.0.0",
		"hive.server2.webui.host":                            "0.0.0.0",
		"hive.server2.webui.port":                            fmt.Sprint(serverWeb),
		"hive.server2.tez.initialize.default.sessions":       "false",
		"hive.server2.materializedviews.registry.impl":       "DUMMY",
		"hive.server2.sleep.interval.between.start.attempts": "1s", // 60 s of its own
		"hive.server2.max.start.attempts":                    "120",
		// HiveServer2 waits for a metastore that starts with it, instead of failing
		// and beginning again.
		"hive.metastore.connect.retries":            "90",
		"hive.metastore.client.connect.retry.delay": "1s",
		"hive.tez.container.size":                   h.container(),
		"hive.tez.java.opts":                        h.options(),
		"hive.jar.directory":                        "file:///opt/hive/jars", // on every worker: nothing to upload
		"hive.user.install.directory":               "/user",
		"hive.async.log.enabled":                    "false",
		"hive.log4j.file":                           confDir + "/hive-log4j2.properties",
	})
	p = p.With(transactions()).With(onMapReduce())
	if h.nameNode() == "" {
		p = p.With(map[string]string{
			"hive.server2.enable.doAs":           "false",
			"hive.exec.scratchdir":               h.mount() + "/tmp/hive",
			"hive.query.results.cache.directory": h.mount() + "/tmp/hive/_resultscache_",
			"hive.user.install.directory":        h.mount() + "/tmp/hive-install",
		})
	}
	return p.With(h.request.Service.Config["hive-site"])
}

// transactions lets tables be updated and their deltas be compacted. What a killed
// server had locked is free after a minute instead of five, and who waits for a lock
// asks every few seconds. The pools of connections are those of one person's queries:
// Hive's own sizes fill a database with a hundred of them, most of them idle.
func transactions() site.Properties {
	return site.Properties{
		"hive.support.concurrency":                  "true",
		"hive.txn.manager":                          "org.apache.hadoop.hive.ql.lockmgr.DbTxnManager",
		"hive.txn.timeout":                          "60s",
		"metastore.acid.housekeeper.interval":       "20s",
		"hive.lock.sleep.between.retries":           "5s",
		"metastore.compactor.initiator.on":          "true",
		"metastore.compactor.cleaner.on":            "true",
		"hive.compactor.worker.threads":             "1",
		"metastore.compactor.worker.threads":        "1",
		"hive.metastore.runworker.in":               "hs2",
		"datanucleus.connectionPool.maxPoolSize":    "6",
		"hive.compactor.connectionPool.maxPoolSize": "2",
	}
}

// onMapReduce returns the jobs of `hive.execution.engine=mr`, and those that compact, the
// libraries that Tez's containers have.
func onMapReduce() site.Properties {
	needed := mapreduce.Needed("$FERRY_TEZ_CP", "/opt/hive/tez.jsa")
	return site.Properties{
		"yarn.app.mapreduce.am.admin-command-opts": needed,
		"mapreduce.admin.map.child.java.opts":      needed,
		"mapreduce.admin.reduce.child.java.opts":   needed,
	}
}

func (h layer) tezSite() site.Properties {
	needed := mapreduce.Needed("$FERRY_TEZ_CP", "/opt/hive/tez.jsa")
	return site.Properties{
		"tez.am.launch.cluster-default.cmd-opts":   needed,
		"tez.task.launch.cluster-default.cmd-opts": needed,
		"tez.ignore.lib.uris":                      "true",
		"tez.use.cluster.hadoop-libs":              "true",
		"tez.cluster.additional.classpath.prefix":  "/opt/tez/*",
		"tez.am.resource.memory.mb":                h.container(),
		"tez.am.launch.cmd-opts":                   h.options(),
		"tez.task.launch.cmd-opts":                 h.profile.Flags(),
		"tez.runtime.io.sort.mb":                   "64",
		"tez.am.tez-ui.webservice.enable":          "false",
		"tez.session.am.dag.submit.timeout.secs":   "120",
		"tez.am.am-rm.heartbeat.interval-ms.max":   "100",
		"tez.am.container.reuse.enabled":           "true",
		"tez.staging-dir":                          h.staging(),
	}.With(h.request.Service.Config["tez-site"])
}

func (h layer) staging() string {
	if h.nameNode() == "" {
		return h.mount() + "/tmp/tez"
	}
	return "/tmp/${user.name}/tez/staging"
}

// container is the memory of Tez's master and tasks, in MiB.
func (h layer) container() string { return h.parent().Values["container"] }

// options of a container's JVM that users may replace, beside those that it needs.
func (h layer) options() string {
	var mib int
	_, _ = fmt.Sscan(h.container(), &mib) // Ferry's own number
	return fmt.Sprintf("-Xmx%dm %s", mib*5/8, h.profile.Flags())
}
