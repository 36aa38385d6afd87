package run

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
	"github.com/ferry-project/ferry/internal/secret"
)

func TestNodeIsMadeAsPlanned(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		n := &b.graph.Plan.Nodes[0]
		n.Env = map[string]string{"PW": ferry.SecretRef("db", secret.Value), "USER": "ferry"}
		n.Tmpfs = []string{"/tmp", "/run"}
		n.Ports = []ferry.Port{{Container: 22, Host: 2222, Address: "127.0.0.1"}}
		n.Capabilities = []ferry.Capability{{Name: "SYS_ADMIN", Why: "it mounts"}}
		n.Devices = []ferry.Capability{{Name: "/dev/fuse", Why: "it mounts"}}
		n.Resources = ferry.Resources{Memory: 1 << 30, CPUs: 0.5}
		if _, err := b.walk(t); err != nil {
			t.Fatal(err)
		}
		got, _ := b.engine.Spec("fy-1-a0")
		want := engine.Spec{
			Name: "fy-1-a0", Hostname: "a0", Image: "ferry/base:1", Network: "fy-1", Address: "10.1.0.2",
			Env: map[string]string{"PW": password, "USER": "ferry"},
			Labels: map[string]string{
				"ferry": "1.2.3", "ferry.home": "/home/me/.ferry", "ferry.stack": "sa-1",
				"ferry.service": "se-a", "ferry.node": "a0", "ferry.host": "local",
			},
			Mounts: []engine.Mount{{Volume: "fy-1-a0-brick", Path: "/data"}},
			Tmpfs:  []string{"/run", "/tmp"}, Ports: n.Ports,
			Capabilities: []string{"SYS_ADMIN"}, Devices: []string{"/dev/fuse"}, Memory: 1 << 30, CPUs: 0.5,
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
		if n.Env["PW"] == password {
			t.Error("the secret is in the plan")
		}
	})
}

func TestNetworkAndVolumesBearLabels(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		if _, err := b.walk(t); err != nil {
			t.Fatal(err)
		}
		networks, _ := b.engine.ListNetworks(t.Context())
		n := networks[0]
		if n.Name != "fy-1" || n.Subnet != "10.1.0.0/24" || n.Gateway != "10.1.0.1" {
			t.Errorf("network: %+v", n)
		}
		plan, err := DecodePlan(n.Labels[ferry.LabelPlan])
		if err != nil || !reflect.DeepEqual(plan, b.graph.Plan) {
			t.Errorf("plan in the label: %+v, %v", plan, err)
		}
		delete(n.Labels, ferry.LabelPlan)
		want := map[string]string{"ferry": "1.2.3", "ferry.home": "/home/me/.ferry", "ferry.stack": "sa-1", "ferry.host": "local"}
		if !maps.Equal(n.Labels, want) {
			t.Errorf("network labels: %v", n.Labels)
		}
		volumes, _ := b.engine.ListVolumes(t.Context(), map[string]string{ferry.LabelNode: "a1"})
		want[ferry.LabelService], want[ferry.LabelNode] = "se-a", "a1"
		if len(volumes) != 1 || volumes[0].Name != "fy-1-a1-brick" || !maps.Equal(volumes[0].Labels, want) {
			t.Errorf("volumes: %+v", volumes)
		}
	})
}

func TestDecodePlanRefusesWhatIsNone(t *testing.T) {
	good, err := EncodePlan(&ferry.Plan{Stack: "sa-1"})
	if err != nil {
		t.Fatal(err)
	}
	for name, label := range map[string]string{"empty": "", "not base64": "%", "not gzip": "aGVsbG8=", "cut": good[:len(good)-12]} {
		if p, err := DecodePlan(label); err == nil {
			t.Errorf("%s: got %+v", name, p)
		}
	}
	if again, _ := EncodePlan(&ferry.Plan{Stack: "sa-1"}); again != good {
		t.Error("equal plans give different labels")
	}
}

// spy keeps the tar of the last CopyTo.
type spy struct {
	engine.Engine
	at  string
	tar []byte
}

func (s *spy) CopyTo(_ context.Context, _, at string, r io.Reader) (err error) {
	s.at = at
	s.tar, err = io.ReadAll(r)
	return err
}

func TestFilesGoInOneTar(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		s := &spy{Engine: b.engine}
		b.Walker.Engine = s
		b.Owners = map[string]int{"root": 0, "ferry": 1000, "hdfs": 990}
		b.graph.Plan.Nodes[0].Files = []ferry.File{
			{Path: "/home/ferry/.ssh/id", Content: ferry.SecretRef("db", secret.Value), Mode: 0o600, Owner: "ferry"},
			{Path: "/home/ferry/.ssh/config", Content: "x", Owner: "ferry"},
			{Path: "/etc/hdfs/../hdfs/a.xml", Owner: "hdfs"},
			{Path: "/opt/n", Owner: "77"},
			{Path: "/etc/r", Owner: "root", Mode: 0o4755},
		}
		b.graph.Ops = []ferry.Op{{ID: "files a0", Do: ferry.PutFiles, Node: "a0"}}
		if _, err := b.walk(t); err != nil {
			t.Fatal(err)
		}
		want := []string{
			"etc/ferry/services/d/run 755 0:0 run a0",
			"home/ferry/.ssh/ 700 1000:1000 ",
			"home/ferry/.ssh/id 600 1000:1000 " + password,
			"home/ferry/.ssh/config 644 1000:1000 x",
			"etc/hdfs/a.xml 644 990:990 ",
			"opt/n 644 77:77 ",
			"etc/r 4755 0:0 ",
		}
		if got := listing(t, s.tar); s.at != "/" || !slices.Equal(got, want) {
			t.Errorf("at %s got\n%s\nwant\n%s", s.at, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}

func listing(t *testing.T, packed []byte) []string {
	t.Helper()
	var all []string
	for r := tar.NewReader(bytes.NewReader(packed)); ; {
		h, err := r.Next()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		content, _ := io.ReadAll(r)
		if h.ModTime.IsZero() || h.ModTime.Equal(time.Unix(0, 0)) {
			t.Errorf("%s has no time", h.Name)
		}
		all = append(all, fmt.Sprintf("%s %o %d:%d %s", h.Name, h.Mode, h.Uid, h.Gid, content))
	}
}

func TestFilesThatCannotBePut(t *testing.T) {
	for name, c := range map[string]struct {
		file ferry.File
		want string
	}{
		"owner":    {ferry.File{Path: "/x", Owner: "nobody-knows"}, "nobody-knows"},
		"relative": {ferry.File{Path: "x"}, "absolute"},
		"root":     {ferry.File{Path: "/.."}, "absolute"},
		"secret":   {ferry.File{Path: "/x", Content: ferry.SecretRef("no", "value")}, "no.value"},
	} {
		t.Run(name, func(t *testing.T) {
			try(t, func(t *testing.T, b *bench) {
				b.graph.Plan.Nodes[0].Files = []ferry.File{c.file}
				b.graph.Ops = []ferry.Op{{ID: "files a0", Do: ferry.PutFiles, Node: "a0"}}
				if _, err := b.walk(t); err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

func TestStopAndRemoveWithThePlan(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		if _, err := b.walk(t); err != nil {
			t.Fatal(err)
		}
		s := &graces{Engine: b.engine, of: map[string]time.Duration{}}
		b.Walker.Engine = s
		b.graph.Plan.Nodes[1].StopGrace = time.Minute
		b.graph.Ops = nil
		for _, n := range b.graph.Plan.Nodes {
			b.graph.Ops = append(b.graph.Ops,
				ferry.Op{ID: "stop " + n.Name, Do: ferry.StopNode, Node: n.Name},
				ferry.Op{ID: "remove " + n.Name, Do: ferry.RemoveNode, Node: n.Name, After: []string{"stop " + n.Name}})
			for _, v := range n.Volumes {
				b.graph.Ops = append(b.graph.Ops, ferry.Op{ID: "volume " + n.Name, Do: ferry.RemoveVolume, Node: n.Name, Name: v.Name, After: []string{"remove " + n.Name}})
			}
		}
		b.graph.Ops = append(b.graph.Ops, ferry.Op{ID: "network", Do: ferry.RemoveNetwork, After: []string{"remove a0"}})
		b.Parallel = 1
		if _, err := b.walk(t); err != nil {
			t.Fatal(err)
		}
		if left := b.engine.Left(); len(left) > 0 {
			t.Errorf("left: %v", left)
		}
		if s.of["fy-1-a0"] != 10*time.Second || s.of["fy-1-a1"] != time.Minute {
			t.Errorf("graces: %v", s.of)
		}
	})
}

// graces notes how long nodes may take to stop.
type graces struct {
	engine.Engine
	mu sync.Mutex
	of map[string]time.Duration
}

func (g *graces) StopNode(ctx context.Context, node string, grace time.Duration) error {
	g.mu.Lock()
	g.of[node] = grace
	g.mu.Unlock()
	return g.Engine.StopNode(ctx, node, grace)
}

func TestRemoveWithoutAPlan(t *testing.T) {
	try(t, func(t *testing.T, b *bench) {
		if _, err := b.walk(t); err != nil {
			t.Fatal(err)
		}
		s := b.engine.Snapshot()
		g := Graph{Job: "jo-2"}
		var nodes []string
		for _, n := range s.Nodes {
			nodes = append(nodes, "remove "+n)
			g.Ops = append(g.Ops, ferry.Op{ID: "remove " + n, Do: ferry.RemoveNode, Name: n})
		}
		for _, v := range s.Volumes {
			g.Ops = append(g.Ops, ferry.Op{ID: "remove " + v, Do: ferry.RemoveVolume, Name: v, After: nodes})
		}
		g.Ops = append(g.Ops, ferry.Op{ID: "network", Do: ferry.RemoveNetwork, Name: "fy-1", After: nodes})
		if _, err := b.Walk(t.Context(), g); err != nil {
			t.Fatal(err)
		}
		if left := b.engine.Left(); len(left) > 0 {
			t.Errorf("left: %v", left)
		}
	})
}

// TestNothingTellsASecret lets every call of the engine fail with a text that holds one.
func TestNothingTellsASecret(t *testing.T) {
	for _, call := range []string{"pull-image", "create-network", "create-volume", "create-node", "copy-to", "start-node", "exec", "dial", "watch", "list-nodes"} {
		t.Run(call, func(t *testing.T) {
			try(t, func(t *testing.T, b *bench) {
				var log bytes.Buffer
				b.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
				cause := errors.New("bad: " + password)
				b.engine.Fail = func(name, _ string) error {
					if name == call {
						return fmt.Errorf("%w, %w", engine.ErrConflict, cause)
					}
					return nil
				}
				_, err := b.walk(t)
				if err == nil {
					t.Fatal("it succeeded")
				}
				told := fmt.Sprintf("%+v", b.events) + log.String() + fmt.Sprintf("%+v %#v", b.journal.ended, b.graph.Secrets)
				for e := err; e != nil; e = errors.Unwrap(e) {
					told += e.Error()
				}
				for _, e := range b.events {
					if e.Error != nil {
						told += fmt.Sprintf("%+v %v", *e.Error, e.Error.Err)
					}
				}
				if strings.Contains(told, password) {
					t.Errorf("told: %s", told)
				}
			})
		})
	}
}
