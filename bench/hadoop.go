package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
)

const (
	hadoopApplication = "hadoop:2+hadoop-client"
	hadoopConf        = "/service/conf/hadoop/"
)

// hadoopNeeds are what a job cannot do without; that the history server answers is
// for those who look at it afterwards.
var hadoopNeeds = []string{"datanodes", "safemode", "nodemanagers"}

// hadoop compares the ways from nothing to a finished MapReduce job.
func hadoop(ctx context.Context, o options) ([]row, error) {
	job, err := job()
	if err != nil {
		return nil, err
	}
	b := newRivalry(o, hadoopApplication, job, hadoopNeeds)
	b.peers = []composition{
		{name: "compose", files: "hadoop", application: hadoopApplication, finish: job, images: hadoopImages("hadoop")},
		{name: "compose-tuned", files: "hadoop", application: hadoopApplication, finish: job, images: hadoopImages("hadoop"), prepare: settings},
	}
	all, err := b.run(ctx, b.start.run)
	if err != nil {
		return nil, err
	}
	return []row{
		newRow("hadoop:2 until a MapReduce job has finished; beside docker compose", 0.5, all["ferry"], all["compose"]),
		newRow("the same; beside docker compose with Ferry's settings", 0, all["ferry"], all["compose-tuned"]),
		newRow("the same; beside the floor", 1.25, all["ferry"], all["floor"]),
	}, nil
}

// hive compares the ways from nothing to the answer of the first query.
func hive(ctx context.Context, o options) ([]row, error) {
	b := newRivalry(o, "hadoop", query(), hadoopNeeds)
	b.peers = []composition{
		{name: "compose", files: "hadoop", application: "hadoop", finish: query(), images: hadoopImages("hive"), prepare: withHive},
	}
	all, err := b.run(ctx, b.start.run)
	if err != nil {
		return nil, err
	}
	return []row{
		newRow("hadoop (with Hive) until the first query is answered; beside docker compose", 0.5, all["ferry"], all["compose"]),
		newRow("the same; beside the floor", 1.25, all["ferry"], all["floor"]),
	}, nil
}

// hadoopImages names the variables: with Hive all machines have the image of Hive.
func hadoopImages(all string) map[string]string {
	return map[string]string{all: "HADOOP_IMAGE", "hadoop-client": "CLIENT_IMAGE"}
}

// withHive adds the second file.
func withHive(c *compose, _ ferry.Plan) error {
	c.env = append(c.env, "COMPOSE_FILE=compose.yaml:compose.hive.yaml")
	return nil
}

// settings hands compose all of Ferry's own: Hadoop's files, the JVMs' options and
// the directories in HDFS. What is left between the two is who does what when.
func settings(c *compose, p ferry.Plan) error {
	options := map[string]string{}
	for _, n := range p.Nodes {
		for k, v := range n.Env {
			if strings.HasSuffix(k, "_OPTS") {
				options[k] = v
			}
		}
		for _, process := range n.Processes {
			if process.Name == "historyserver" {
				c.env = append(c.env, "HISTORY_COMMAND="+historyCommand(process.Command, n.Name))
			}
		}
	}
	var env strings.Builder
	for _, k := range slices.Sorted(maps.Keys(options)) {
		fmt.Fprintf(&env, "%s=%s\n", k, options[k])
	}
	if err := os.WriteFile(filepath.Join(c.dir, "daemons.env"), []byte(env.String()), 0o600); err != nil {
		return err
	}
	for _, f := range p.Nodes[0].Files {
		if name, ok := strings.CutPrefix(f.Path, hadoopConf); ok {
			if err := os.WriteFile(filepath.Join(c.dir, "conf", name), []byte(apart(name, f.Content, p.Nodes[0].Name)), 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

// apart names compose's containers, one for each daemon, where Ferry's file names
// the one master.
func apart(file, content, master string) string {
	content = strings.ReplaceAll(content, master+":19888", "historyserver:19888")
	host := map[string]string{"yarn-site.xml": "resourcemanager", "mapred-site.xml": "historyserver"}[file]
	if host == "" {
		host = "namenode"
	}
	return strings.ReplaceAll(content, master, host)
}

// historyCommand is Ferry's, which makes HDFS's directories first.
func historyCommand(command []string, master string) string {
	return strings.ReplaceAll(strings.Join(command, " "), master+":", "namenode:")
}
