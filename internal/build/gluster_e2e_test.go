//go:build e2e

package build_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/engine/docker"
	"github.com/ferry-project/ferry/internal/supervise"
)

// cluster is three servers and a client of the Gluster image on their own network.
type cluster struct {
	t       *testing.T
	engine  *docker.Engine
	nodes   map[string]string // the engine's names by host name
	servers []string
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	b, e := realBuilder(t, shelf(t))
	if err := b.Ensure(t.Context(), "gluster", func(line string) { t.Log(line) }); err != nil {
		t.Fatal(err)
	}
	ref, _ := b.Recipes.Ref("gluster")
	octet := rand.Text()[0]
	network := engine.Network{
		Name: "ferrytest-" + strings.ToLower(rand.Text()[:8]), Subnet: fmt.Sprintf("10.213.%d.0/24", octet), Gateway: fmt.Sprintf("10.213.%d.1", octet),
	}
	network.Labels = map[string]string{ferry.LabelStack: network.Name}
	t.Cleanup(func() {
		if err := e.RemoveNetwork(context.Background(), network.Name); err != nil {
			t.Error(err)
		}
	})
	if err := e.CreateNetwork(t.Context(), network); err != nil {
		t.Fatal(err)
	}
	c := &cluster{t: t, engine: e, nodes: map[string]string{}, servers: []string{"g0", "g1", "g2"}}
	hosts := ferry.File{Path: "/etc/ferry/hosts", Content: "127.0.0.1 localhost\n"}
	for i, s := range append(c.servers, "c0") {
		hosts.Content += fmt.Sprintf("10.213.%d.%d %s\n", octet, 10+i, s)
	}
	for i, s := range append(c.servers, "c0") {
		spec := engine.Spec{Image: ref, Hostname: s, Network: network.Name, Address: fmt.Sprintf("10.213.%d.%d", octet, 10+i), Capabilities: []string{"SYS_ADMIN", "FSETID"}}
		if s == "c0" {
			spec.Devices, spec.Sealed = []string{"/dev/fuse"}, true
		}
		n := ferry.Node{NodeBlueprint: ferry.NodeBlueprint{Processes: c.processes(s)}}
		c.nodes[s] = startNode(t, e, spec, append(supervise.Files(n), hosts)...)
	}
	return c
}

func (c *cluster) processes(host string) []ferry.Process {
	if host == "c0" {
		return []ferry.Process{{Name: "mount", Command: append([]string{"/usr/lib/ferry/gluster-mount", "gv", "/service/data"}, c.servers...)}}
	}
	return []ferry.Process{
		{Name: "glusterd", Command: []string{"/usr/lib/ferry/gluster-server", "gv"}, Vital: true},
		{Name: "repair", Command: []string{"/usr/lib/ferry/gluster-repair", "gv"}},
	}
}

// run runs a command as the user and returns what it printed; it must exit with code.
func (c *cluster) run(code int, host, user string, command ...string) string {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), time.Minute)
	defer cancel()
	var out bytes.Buffer
	got, err := c.engine.Exec(ctx, c.nodes[host], engine.Exec{Command: command, User: user, Stdout: &out, Stderr: &out})
	if err != nil || got != code {
		c.t.Fatalf("%s: %q: exit %d, want %d, %v\n%s", host, command, got, code, err, out.String())
	}
	return out.String()
}

func (c *cluster) form(layout ...string) {
	c.t.Helper()
	command := append([]string{"/usr/lib/ferry/gluster-form", "gv"}, layout...)
	command = append(command, "-o", "network.ping-timeout=5", "-o", "storage.owner-uid=1000", "-o", "storage.owner-gid=1000", "--")
	for _, s := range c.servers {
		command = append(command, s+":/service/brick/gv")
	}
	c.run(0, "g0", "", command...)
}

func (c *cluster) connected() {
	c.t.Helper()
	c.run(0, "c0", "ferry", "/usr/lib/ferry/gluster-connected", "gv", "/service/data", "3")
}

func TestGlusterLayouts(t *testing.T) {
	for _, layout := range []string{"", "replica 3", "replica 3 arbiter 1", "disperse 3 redundancy 1"} {
		t.Run(layout, func(t *testing.T) {
			c := newCluster(t)
			begin := time.Now()
			c.form(strings.Fields(layout)...)
			c.connected()
			t.Logf("formed and mounted in %s", time.Since(begin))
			c.form(strings.Fields(layout)...) // may be run again
			c.run(0, "c0", "ferry", "bash", "-c", "cd /service/data && echo x >f && mkdir d && chmod 2775 d && [[ $(stat -c %A:%U d) == drwxrwsr-x:ferry ]]")
		})
	}
}

func TestGlusterComesBack(t *testing.T) {
	c := newCluster(t)
	c.form("replica", "3")
	c.connected()
	c.run(0, "c0", "ferry", "bash", "-c", "echo before >/service/data/f")

	// A brick that dies is started again, also while its port is still held.
	c.run(0, "g1", "", "bash", "-c", "kill -KILL $(cat /run/gluster/vols/gv/*.pid)")
	c.run(0, "c0", "ferry", "bash", "-c", "echo meanwhile >/service/data/f")
	awaitLog(t, c.engine, c.nodes["g1"], "repair: the brick of gv is back, healing")
	c.connected()
	c.run(0, "g1", "", "timeout", "30", "bash", "-c", "until grep -q meanwhile /service/brick/gv/f; do sleep 0.1; done")

	// All nodes are stopped, and come back.
	for _, n := range c.nodes {
		if err := c.engine.StopNode(t.Context(), n, 10*time.Second); err != nil {
			t.Fatal(err)
		}
		if code := ended(t, c.engine, n); code != 0 {
			t.Errorf("%s ended with %d", n, code)
		}
	}
	for _, n := range c.nodes {
		if err := c.engine.StartNode(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	c.form("replica", "3")
	c.connected()
	if got := c.run(0, "c0", "ferry", "cat", "/service/data/f"); got != "meanwhile\n" {
		t.Errorf("the file holds %q", got)
	}
}

func TestGlusterFormSaysWhatIsWrong(t *testing.T) {
	c := newCluster(t)
	form := "/usr/lib/ferry/gluster-form"
	for _, x := range []struct {
		name, say string
		code      int
		command   []string
	}{
		{"no brick", "gluster-form VOLUME", 2, []string{form, "gv", "--"}},
		{
			"a server that never comes", "gluster-form: add nobody to the cluster: gave up after 1s", 1,
			[]string{form, "gv", "-t", "1", "--", "g0:/service/brick/gv", "nobody:/service/brick/gv"},
		},
		{
			"an impossible layout", "gluster-form: gluster volume create gv replica 2", 1,
			[]string{form, "gv", "replica", "2", "-t", "20", "--", "g0:/service/brick/gv"},
		},
	} {
		t.Run(x.name, func(t *testing.T) {
			if out := c.run(x.code, "g0", "", x.command...); !strings.Contains(out, x.say) {
				t.Errorf("it says %q, want %q in it", out, x.say)
			}
		})
	}
}
