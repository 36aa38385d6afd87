package mapreduce_test

import (
	"io/fs"
	"path"
	"regexp"
	"strings"
	"testing"

	recipes "github.com/ferry-project/ferry/images"
	"github.com/ferry-project/ferry/internal/personality/hadoop/mapreduce"
)

// What a JVM needs is in options that neither a job nor a user's configuration
// replaces; heap and collector are in those that both may.
func TestUsersOptionsReplaceNothingNeeded(t *testing.T) {
	jobs := cluster(2048).MapReduce()
	for admin, own := range map[string]string{
		"mapreduce.admin.map.child.java.opts":      "mapreduce.map.java.opts",
		"mapreduce.admin.reduce.child.java.opts":   "mapreduce.reduce.java.opts",
		"yarn.app.mapreduce.am.admin-command-opts": "yarn.app.mapreduce.am.command-opts",
	} {
		for _, word := range []string{mapreduce.JVMOptions, "-XX:SharedArchiveFile=", "-cp $FERRY_HADOOP_CP:$CLASSPATH"} {
			if !strings.Contains(jobs[admin], word) || strings.Contains(jobs[own], word) {
				t.Errorf("%s: not in %s alone\n%s\n%s", word, admin, jobs[admin], jobs[own])
			}
		}
		if !strings.Contains(jobs[own], "-Xmx") || !strings.Contains(jobs[own], "GC") {
			t.Errorf("%s is %s", own, jobs[own])
		}
	}
	if with := jobs.With(map[string]string{"mapreduce.map.java.opts": "-Xmx1m"}); !strings.Contains(with["mapreduce.admin.map.child.java.opts"], mapreduce.JVMOptions) {
		t.Error("a user's options replaced it")
	}
}

// There is one list of what JVMs may reach into: a file of the image that the plan names
// and every launcher reads, and no second list beside it.
func TestOneListOfOpens(t *testing.T) {
	file := strings.TrimPrefix(mapreduce.JVMOptions, "@")
	list, err := fs.ReadFile(recipes.FS, "hadoop/rootfs"+file)
	if err != nil {
		t.Fatal(err)
	}
	for _, needed := range []string{"java.lang", "java.lang.reflect", "java.net", "java.text", "java.time", "java.util", "java.util.concurrent", "java.util.regex"} {
		if !strings.Contains(string(list), "--add-opens=java.base/"+needed+"=ALL-UNNAMED\n") {
			t.Errorf("it does not open %s", needed)
		}
	}
	java := regexp.MustCompile(`(?m)^\s*exec "\$JAVA_HOME/bin/java"(.*)$`)
	for _, dir := range []string{"hadoop/rootfs/opt/hadoop", "hive/rootfs/opt/hive"} {
		err := fs.WalkDir(recipes.FS, dir, func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || path.Base(p) == path.Base(file) {
				return err
			}
			text, err := fs.ReadFile(recipes.FS, p)
			if strings.Contains(string(text), "--add-opens") {
				t.Errorf("%s has a list of its own", p)
			}
			for _, line := range java.FindAllSubmatch(text, -1) {
				if !strings.Contains(string(line[1]), `"${flags[@]}"`) || !strings.Contains(string(text), "flags=("+mapreduce.JVMOptions+" ") {
					t.Errorf("%s starts a JVM without it: %s", p, line[1])
				}
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}
