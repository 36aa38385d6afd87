package hive

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality/hadoop/site"
)

// warehouse in HDFS; on a POSIX directory it is where the original had it.
const warehouse = "/user/hive/warehouse"

// users are the numbers that the image gives to the owners of files.
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
		// and beginning anew.
		"hive.metastore.connect.retries":            "90",
		"hive.metastore.client.connect.retry.delay": "1s",
		"hive.support.concurrency":                  "false",
		"hive.txn.manager":                          "org.apache.hadoop.hive.ql.lockmgr.DummyTxnManager",
		"hive.tez.container.size":                   h.container(),
		"hive.tez.java.opts":                        h.options(true),
		"hive.jar.directory":                        "file:///opt/hive/jars", // on every worker: nothing to upload
		"hive.user.install.directory":               "/user",
		"hive.async.log.enabled":                    "false",
		"hive.log4j.file":                           confDir + "/hive-log4j2.properties",
	})
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

func (h layer) tezSite() site.Properties {
	return site.Properties{
		"tez.ignore.lib.uris":                     "true",
		"tez.use.cluster.hadoop-libs":             "true",
		"tez.cluster.additional.classpath.prefix": "/opt/tez/*",
		"tez.am.resource.memory.mb":               h.container(),
		"tez.am.launch.cmd-opts":                  h.options(true),
		"tez.task.launch.cmd-opts":                h.options(false),
		"tez.runtime.io.sort.mb":                  "64",
		"tez.am.tez-ui.webservice.enable":         "false",
		"tez.session.am.dag.submit.timeout.secs":  "120",
		"tez.am.am-rm.heartbeat.interval-ms.max":  "100",
		"tez.am.container.reuse.enabled":          "true",
		"tez.staging-dir":                         h.staging(),
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

// opens are the packages of the JDK that Tez and Hive reach into.
var opens = []string{"lang", "util", "util.concurrent", "util.concurrent.atomic", "net", "io", "nio", "time"}

// options of a container's JVM; the first of two that are joined also says how much
// memory and which classes.
func (h layer) options(first bool) string {
	words := []string{h.profile.Flags()}
	if first {
		var mib int
		_, _ = fmt.Sscan(h.container(), &mib) // Ferry's own number
		words = []string{
			fmt.Sprintf("-Xmx%dm -cp $FERRY_TEZ_CP:$CLASSPATH -XX:SharedArchiveFile=/opt/hive/tez.jsa -Xlog:disable -Xlog:all=off", mib*5/8),
			h.profile.Flags(),
		}
	}
	for _, p := range opens {
		words = append(words, "--add-opens=java.base/java."+p+"=ALL-UNNAMED")
	}
	return strings.Join(words, " ")
}
