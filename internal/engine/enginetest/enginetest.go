// Package enginetest holds every engine to the promises of package engine: the
// real ones and the fake are run through the same suite. What runs in the nodes
// is one small program (tool), built at the time of the test.
package enginetest

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine"
)

// Options say what the engine under test has.
type Options struct {
	// Tool is the program of the nodes' image; without it the image is empty
	// and the engine must play the tool's part.
	Tool []byte
	// Has are the features that the engine must say it has, and no others: what is
	// tested of a feature would hold for nothing elsewhere.
	Has engine.Features
	// Subnet is the /16 that the suite's networks come from; "": 10.213.0.0/16.
	Subnet string
}

// EchoPort is a port of the nodes' init; it sends back what it receives.
const EchoPort = 7000

// patience bounds everything the suite waits for.
const patience = 30 * time.Second

// Engine is what the suite holds to the contract: an engine, and where its nodes' images
// come from.
type Engine interface {
	engine.Engine
	engine.Images
}

// suite is one run: its own stack on one engine.
type suite struct {
	Engine
	has   engine.Features
	o     Options
	stack string
	image string
	next  int
}

// Run holds the engine to the contract. It removes all it has made.
func Run(t *testing.T, newEngine func(t *testing.T) Engine, o Options) {
	s := &suite{Engine: newEngine(t), o: o, stack: "sa-test" + strings.ToLower(rand.Text()[:8])}
	s.image = s.stack + ":suite"
	info, err := s.Info(t.Context())
	must(t, err)
	if s.has = info.Features; s.has != o.Has {
		t.Errorf("features %+v, want %+v", s.has, o.Has)
	}
	s.makeImage(t)
	for name, test := range map[string]func(*testing.T){
		"Info": s.info, "Images": s.images, "Builds": s.builds, "BrokenTar": s.brokenTar, "Commit": s.commit,
		"Networks": s.networks, "NetworkRace": s.networkRace, "NetworkAgain": s.networkAgain,
		"Volumes": s.volumes, "VolumeData": s.volumeData, "VolumeReadOnly": s.volumeReadOnly,
		"CopyVolumes": s.copyVolumes, "CopyMissing": s.copyMissing,
		"PackVolumes": s.packVolumes, "PackedByOthers": s.packedByOthers, "Freeze": s.freeze, "Layers": s.layers, "LayersOverNothing": s.overNothing,
		"NodeLife": s.nodeLife, "NodeNames": s.nodeNames, "NodeSpec": s.nodeSpec, "NodeFiles": s.nodeFiles, "NodeRights": s.nodeRights, "Stop": s.stop,
		"Addresses": s.addresses, "Ports": s.ports, "Listing": s.listing, "Gone": s.gone,
		"Exec": s.exec, "ExecStreams": s.execStreams, "ExecTerminal": s.execTerminal, "ExecRefused": s.execRefused,
		"ExecCancel": s.execCancel, "ExecBrokenOutput": s.execBrokenOutput, "ExecNodeEnds": s.execNodeEnds,
		"Copy": s.copies, "Logs": s.logs, "FollowLogs": s.followLogs, "Dial": s.dial, "Watch": s.watch,
	} {
		t.Run(name, test)
	}
}

func (s *suite) info(t *testing.T) {
	i, err := s.Info(t.Context())
	must(t, err)
	if i.Engine == "" || i.Version == "" || i.APIVersion == "" || i.Memory <= 0 || i.CPUs <= 0 {
		t.Fatalf("info %+v", i)
	}
}

// makeImage imports a root file system and builds the nodes' image on it.
func (s *suite) makeImage(t *testing.T) {
	base := s.stack + ":base"
	t.Cleanup(func() {
		drop(t, s.RemoveImage, s.image)
		drop(t, s.RemoveImage, base)
	})
	must(t, s.ImportImage(t.Context(), base, s.recipe(), s.rootfs(t)))
	must(t, s.build(t, s.image, "FROM "+base+"\nENTRYPOINT [\"/tool\",\"init\"]\n", func(string) {}))
}

func (s *suite) rootfs(t *testing.T) io.Reader {
	dir := func(name string, mode int64) tar.Header {
		return tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: mode}
	}
	link := func(name string) tar.Header {
		return tar.Header{Typeflag: tar.TypeSymlink, Name: "bin/" + name, Linkname: "/tool", Mode: 0o777}
	}
	entries := []entry{
		{dir("bin", 0o755), ""},
		{dir("data", 0o777), ""},
		{dir("tmp", 0o1777), ""},
		{dir("proc", 0o755), ""},
		{link("sh"), ""},
		{link("bash"), ""},
		{tar.Header{Typeflag: tar.TypeReg, Name: "tool", Mode: 0o755}, string(s.o.Tool)},
	}
	return archive(t, entries...)
}

func (s *suite) build(t *testing.T, ref, dockerfile string, progress func(string)) error {
	t.Helper()
	files := archive(t, entry{tar.Header{Typeflag: tar.TypeReg, Name: "Dockerfile", Mode: 0o644}, dockerfile})
	return s.BuildImage(t.Context(), engine.Build{Ref: ref, Context: files, Labels: s.recipe()}, progress)
}

// name returns a fresh name of this run.
func (s *suite) name(kind string) string {
	s.next++
	return fmt.Sprintf("%s-%s%d", s.stack, kind, s.next)
}

func (s *suite) labels() map[string]string {
	return map[string]string{ferry.LabelFerry: "test", ferry.LabelStack: s.stack, ferry.LabelHome: s.stack}
}

// lacks reports whether the engine does without a feature, which what is called for it
// must say then.
func lacks(t *testing.T, has bool, call func() error) bool {
	t.Helper()
	if !has {
		want(t, "use what the engine says it has not", call(), errors.ErrUnsupported)
	}
	return !has
}

// recipe is what images bear. Nodes inherit it, so it is not what makes them Ferry's.
func (s *suite) recipe() map[string]string {
	return map[string]string{ferry.LabelRecipe: s.stack}
}

// subnet returns a fresh /24 and its gateway.
func (s *suite) subnet() (cidr, gateway string) {
	s.next++
	base := strings.TrimSuffix(s.o.Subnet, ".0.0/16")
	if base == "" {
		base = "10.213"
	}
	return fmt.Sprintf("%s.%d.0/24", base, s.next%256), fmt.Sprintf("%s.%d.1", base, s.next%256)
}

func (s *suite) network(t *testing.T) engine.Network {
	t.Helper()
	n := engine.Network{Name: s.name("net"), Labels: s.labels()}
	n.Subnet, n.Gateway = s.subnet()
	t.Cleanup(func() { drop(t, s.RemoveNetwork, n.Name) })
	must(t, s.CreateNetwork(t.Context(), n))
	return n
}

func (s *suite) volume(t *testing.T) string {
	t.Helper()
	v := s.name("vol")
	t.Cleanup(func() { drop(t, s.RemoveVolume, v) })
	must(t, s.CreateVolume(t.Context(), v, s.labels()))
	return v
}

// node creates a node; its spec is changed first.
func (s *suite) node(t *testing.T, change func(*engine.Spec)) string {
	t.Helper()
	spec := engine.Spec{Name: s.name("node"), Hostname: "host", Image: s.image, Labels: s.labels()}
	if change != nil {
		change(&spec)
	}
	t.Cleanup(func() { drop(t, s.RemoveNode, spec.Name) })
	must(t, s.CreateNode(t.Context(), spec))
	return spec.Name
}

func (s *suite) running(t *testing.T, change func(*engine.Spec)) string {
	t.Helper()
	n := s.node(t, change)
	must(t, s.StartNode(t.Context(), n))
	s.awaitInit(t, n)
	return n
}

func (s *suite) awaitInit(t *testing.T, node string) {
	t.Helper()
	AwaitInit(t, s, node)
}

// AwaitInit waits until the node's init answers: before that it knows no signal.
func AwaitInit(t *testing.T, e engine.Inside, node string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		c, err := e.Dial(ctx, node, EchoPort)
		if err == nil {
			_ = c.Close()
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("the init of %s: %v", node, err)
		}
		pause(ctx, 20*time.Millisecond)
	}
}

// see returns the node as listed; the listing of states must agree.
func (s *suite) see(t *testing.T, name string) engine.Node {
	t.Helper()
	all, err := s.ListNodes(t.Context(), s.labels())
	must(t, err)
	var found engine.Node
	for _, n := range all {
		if n.Name == name {
			found = n
		}
	}
	states, err := s.NodeStates(t.Context(), s.labels())
	must(t, err)
	if got := states[name]; got != found.State {
		t.Errorf("%s is listed as %q, its state alone as %q", name, found.State, got)
	}
	return found
}

// tool runs a command in a node that must succeed and returns its output.
func (s *suite) tool(t *testing.T, node string, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	code, err := s.Exec(t.Context(), node, engine.Exec{Command: command(args...), Stdout: &out, Stderr: &errs})
	if code != 0 || err != nil {
		t.Fatalf("%v in %s: code %d, %v; %s", args, node, code, err, errs.String())
	}
	return strings.TrimSuffix(out.String(), "\n")
}

func command(args ...string) []string { return append([]string{"/tool"}, args...) }
