// Package hadoopclient is the connector for HDFS, YARN and Hive: their command
// lines, configured for every backend of the stack.
package hadoopclient

import (
	"maps"
	"slices"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
)

const (
	name    = "hadoop-client"
	user    = "ferry"
	private = "/home/" + user // the client's own
)

// Personality is the Hadoop client.
type Personality struct{}

// Card says what it is.
func (Personality) Card() personality.Card {
	return personality.Card{
		Name: name, Class: ferry.Connector,
		Description: "hdfs, yarn, mapred and beeline, with examples and data",
		On:          []string{"hadoop", "yarn"}, Host: name, Recipe: name,
	}
}

// Nodes returns the one machine of a connector.
func (Personality) Nodes(ferry.Service) ([]personality.Shape, error) {
	return []personality.Shape{{Role: "client", MemoryMin: 512 * ferry.MiB, Memory: 1024 * ferry.MiB}}, nil
}

// Describe attaches the client to every backend of the stack. Where two have a
// file in common, the later one, a compute on the storage, has the last word.
func (Personality) Describe(r personality.Request) (ferry.Blueprint, error) {
	m, dir := r.Nodes[0], workplace(r.Beneath)
	bp := personality.Client(ferry.NodeBlueprint{
		Name: m.Name, Role: m.Role, Image: name, Login: user, Home: dir,
		Volumes: personality.Home(private),
		Files:   files(r.Beneath), Env: env(r.Beneath, dir),
	}, r.Beneath)
	homes(&bp, m.Name, r.Beneath)
	return bp, nil
}

// workplace is where a person lands. Where jobs work on a shared directory, it is one
// of that, for paths are relative to it and its files must be the workers' too; it has
// the name of a home in HDFS, to which the image's /user leads.
func workplace(beneath []ferry.Export) string {
	dir := private
	for _, e := range beneath {
		switch {
		case e.Values["hdfs"] != "":
			dir = private
		case e.Class == ferry.Compute && e.Values["path"] != "":
			dir = e.Values["path"] + "/user/" + user
		}
	}
	return dir
}

// files of every backend and its layers, one for each path.
func files(beneath []ferry.Export) []ferry.File {
	byPath := map[string]ferry.File{}
	add := func(e ferry.Export) {
		for _, f := range e.Files {
			byPath[f.Path] = f
		}
	}
	for _, e := range beneath {
		add(e)
		for _, l := range e.Layers {
			add(l)
		}
	}
	var out []ferry.File
	for _, path := range slices.Sorted(maps.Keys(byPath)) {
		out = append(out, byPath[path])
	}
	return out
}

// env is what the layers want the client to have; the first of a kind wins. The
// original named the metastore's host BACKEND_…_DB.
func env(beneath []ferry.Export, home string) map[string]string {
	out := map[string]string{}
	if home != private {
		out["HOME"] = home
	}
	for _, e := range beneath {
		for _, l := range e.Layers {
			for k, v := range l.Env {
				if _, taken := out[k]; !taken {
					out[k] = v
				}
			}
		}
	}
	return out
}

// homes makes the user's home directory in every HDFS, and where a person lands. The
// client's own scripts run when they are there, and the layers are ready too.
func homes(bp *ferry.Blueprint, node string, beneath []ferry.Export) {
	var before []string
	if dir := workplace(beneath); dir != private {
		t := shared(node, dir, beneath, bp.Probes)
		bp.Tasks = append(bp.Tasks, t)
		before = append(before, t.Name)
	}
	for _, e := range beneath {
		if host := e.Values["hdfs"]; host != "" && e.Class == ferry.Storage {
			t := home(node, host, e.Nodes[0])
			bp.Tasks = append(bp.Tasks, t)
			before = append(before, t.Name)
		}
		for _, l := range e.Layers {
			before = append(before, "ready "+l.Nodes[0])
		}
	}
	for i, hook := range bp.Tasks {
		if hook.When == ferry.FirstStart || hook.When == ferry.Resume {
			bp.Tasks[i].After = slices.Concat(hook.After, before)
		}
	}
}

// shared makes the directory on the volume, once the client's mount is there.
func shared(node, dir string, beneath []ferry.Export, mounted []ferry.Probe) ferry.Task {
	t := ferry.Task{
		Name: "home@" + node, Node: node, User: user, When: ferry.EveryStart,
		Command: []string{"mkdir", "-p", dir}, Timeout: time.Minute,
	}
	for _, e := range beneath {
		t.After = append(t.After, "ready "+e.Nodes[0])
	}
	for _, p := range mounted {
		t.After = append(t.After, p.Name)
	}
	return t
}

func home(node, nameNode, first string) ferry.Task {
	return ferry.Task{
		Name: "home-" + nameNode + "@" + node, Node: node, User: user, When: ferry.EveryStart,
		After:   []string{"ready " + first},
		Command: []string{"python3", "-I", "/usr/lib/ferry/webhdfs.py", nameNode + ":9870", "hdfs", "/user/" + user + ":" + user + ":" + user + ":755"},
		Timeout: time.Minute,
	}
}
