package run_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine/fake"
	"github.com/ferry-project/ferry/internal/personality"
	"github.com/ferry-project/ferry/internal/plan"
	"github.com/ferry-project/ferry/internal/retry"
	"github.com/ferry-project/ferry/internal/run"
	"github.com/ferry-project/ferry/internal/script"
	"github.com/ferry-project/ferry/internal/secret"
	"github.com/ferry-project/ferry/internal/speak"
)

// A service with a protocol that no part of Ferry has heard of: all that it needs is
// here. From its blueprint to the answer of its nodes nothing else knows a word of it.

// redisScript is what is said to a Redis server: a login, and commands with the answer
// that each must have.
type redisScript struct {
	Password string   `json:"password"`
	Say      []string `json:"say"`
	Want     string   `json:"want"`
	Follower string   `json:"follower,omitempty"` // has to answer the last one alike
}

// redisSpeaker speaks RESP with inline commands.
type redisSpeaker struct{}

func (redisSpeaker) Do(ctx context.Context, to speak.Peer, text []byte, say func(string)) error {
	var s redisScript
	if err := speak.Read(text, &s); err != nil {
		return err
	}
	if err := converse(ctx, to, s, s.Say); err != nil || s.Follower == "" {
		return err
	}
	say("ask " + s.Follower)
	to.Node = s.Follower
	return converse(ctx, to, s, s.Say[len(s.Say)-1:])
}

func converse(ctx context.Context, to speak.Peer, s redisScript, commands []string) error {
	conn, done, err := to.Connect(ctx)
	if err != nil {
		return err
	}
	defer done()
	answers, answer := bufio.NewReader(conn), ""
	for _, command := range append([]string{"AUTH " + s.Password}, commands...) {
		if _, err := fmt.Fprintf(conn, "%s\r\n", command); err != nil {
			return err
		}
		if answer, err = answers.ReadString('\n'); err != nil {
			return err
		}
		switch answer = strings.TrimSpace(answer); {
		case strings.HasPrefix(answer, "-WRONGPASS"):
			return retry.Stop(errors.New(answer))
		case strings.HasPrefix(answer, "-"):
			return errors.New(answer)
		}
	}
	if answer != s.Want {
		return fmt.Errorf("%s answers %s", to.Node, answer)
	}
	return nil
}

// redis is the personality: a server and those that follow it.
type redis struct{ personality.Personality }

func (redis) Card() personality.Card {
	return personality.Card{Name: "redis", Class: ferry.Storage, Host: "redis", Recipe: "redis"}
}

func (redis) Nodes(s ferry.Service) ([]personality.Shape, error) {
	return slices.Repeat([]personality.Shape{{MemoryMin: 1 << 26, Memory: 1 << 26}}, s.Instances), nil
}

func (redis) Describe(r personality.Request) (ferry.Blueprint, error) {
	bp := ferry.Blueprint{Secrets: []ferry.Secret{{Name: "redis", Kind: ferry.Password}}}
	ask := func(want, follower string, say ...string) *ferry.Ask {
		words := redisScript{Password: ferry.SecretRef("redis", "value"), Say: say, Want: want, Follower: follower}
		return script.Of("resp", 6379, "RESP: "+strings.Join(say, "; "), words)
	}
	for _, m := range r.Nodes {
		n := ferry.NodeBlueprint{Name: m.Name, Image: "redis", Ports: []ferry.Port{{Name: "redis", Container: 6379}}}
		bp.Nodes = append(bp.Nodes, n)
		bp.Probes = append(bp.Probes, ferry.Probe{Name: "pong@" + m.Name, Node: m.Name, Description: m.Name + " answers", Ask: ask("+PONG", "", "PING")})
	}
	bp.Tasks = []ferry.Task{{
		Name: "load", Node: r.Nodes[0].Name, When: ferry.FirstStart, After: []string{"pong@" + r.Nodes[0].Name, "pong@" + r.Nodes[1].Name},
		Ask: ask("+here", r.Nodes[1].Name, "SET ferry here", "GET ferry"),
	}}
	return bp, nil
}

// redisNodes are servers of one data set, which the first two PINGs find loading.
type redisNodes struct {
	mu       sync.Mutex
	password string
	data     map[string]string
	pings    int
	heard    []string
}

func (r *redisNodes) serve(name string) func(net.Conn) {
	return func(c net.Conn) {
		for lines := bufio.NewScanner(c); lines.Scan(); {
			_, _ = fmt.Fprintf(c, "%s\r\n", r.answer(name, strings.Fields(lines.Text())))
		}
	}
}

func (r *redisNodes) answer(name string, words []string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.heard = append(r.heard, name+" "+words[0])
	switch words[0] {
	case "AUTH":
		if words[1] != r.password {
			return "-WRONGPASS invalid username-password pair"
		}
	case "PING":
		if r.pings++; r.pings <= 2 {
			return "-LOADING Redis is loading the dataset in memory"
		}
		return "+PONG"
	case "SET":
		r.data[words[1]] = words[2]
	case "GET":
		return "+" + r.data[words[1]]
	}
	return "+OK"
}

// ready has every image.
type ready struct{ *fake.Engine }

func (r ready) Ensure(_ context.Context, ref ferry.ImageRef, _ func(string)) error {
	r.AddImage(ref.Ref, nil)
	return nil
}

// planned is a stack of two such nodes, once through its record.
func planned(t *testing.T) ferry.Plan {
	t.Helper()
	p, err := plan.New(plan.Input{
		Stack: "sa-00000000", Catalogue: personality.Catalogue{redis{}},
		Application: ferry.Application{Name: "cache", Backends: []ferry.Backend{{Storage: ferry.Service{Path: "backend[0].storage", Personality: "redis", Instances: 2}}}},
		Host:        ferry.Host{ID: ferry.LocalHost, Memory: 1 << 33, CPUs: 2},
	})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var back ferry.Plan
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	return back
}

func TestAProtocolOfItsOwnNeedsASpeakerAndNothingElse(t *testing.T) {
	for name, c := range map[string]struct {
		password string // that the servers want
		says     string
	}{
		"let in":    {"right", ""},
		"never let": {"other", "it cannot become true that redis"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := planned(t)
				ops, err := plan.Change(plan.Past{}, plan.Goal{Plan: &p}, plan.Have{})
				if err != nil {
					t.Fatal(err)
				}
				e, nodes := fake.New(), &redisNodes{password: c.password, data: map[string]string{}}
				for _, n := range p.Nodes {
					e.Listen(n.Container, 6379, nodes.serve(n.Name))
				}
				w := run.Walker{Hosts: run.Local(e, ready{e}), Speakers: speak.Speakers{"resp": redisSpeaker{}}}
				_, err = w.Walk(t.Context(), run.Graph{Plan: &p, Ops: ops, Secrets: secret.Values{"redis": {"value": "right"}}})
				if c.says != "" {
					if ferry.CodeOf(err) != ferry.Failed || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "-WRONGPASS") {
						t.Errorf("got %v", err)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if end := nodes.heard[len(nodes.heard)-5:]; strings.Join(end, ", ") != "redis0 AUTH, redis0 SET, redis0 GET, redis1 AUTH, redis1 GET" {
					t.Errorf("the nodes heard %q", nodes.heard)
				}
				if nodes.pings < 4 {
					t.Errorf("two loading nodes were asked %d times", nodes.pings)
				}
			})
		})
	}
}

func TestAPlanShowsWhatIsSaid(t *testing.T) {
	p := planned(t)
	ops, err := plan.Change(plan.Past{}, plan.Goal{Plan: &p}, plan.Have{})
	if err != nil {
		t.Fatal(err)
	}
	text := plan.Text(p, ops)
	for _, want := range []string{
		"task load on redis0 (first-start): RESP: SET ferry here; GET ferry\n", `    |   "password": "${ferry-secret:redis.value}",`, `"SET ferry here",`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
}
