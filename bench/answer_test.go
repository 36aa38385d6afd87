package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/script"
	"github.com/ferry-project/ferry/internal/secret"
)

// The floor asks a node at its address, in the protocol that the plan says.
func TestConversationsAreHadFromHere(t *testing.T) {
	v, err := secret.Generate([]ferry.Secret{{Name: "s", Kind: ferry.Password}})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/"+v["s"][secret.Value] || r.Host != "nn0:"+strconv.Itoa(portOf(t, r)) {
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = w.Write([]byte(`{"activeNodes":2}`))
	}))
	defer s.Close()
	at, _ := url.Parse(s.URL)
	port, _ := strconv.Atoi(at.Port())
	n := ferry.Node{Address: "127.0.0.1"}
	n.Name = "nn0"
	w := work{plan: ferry.Plan{Nodes: []ferry.Node{n}}, values: v}
	page := "/" + ferry.SecretRef("s", secret.Value)
	for name, c := range map[string]struct {
		ask  *ferry.Ask
		says string
	}{
		"as expected":  {script.HTTP{Path: page, Expect: `"activeNodes":2\b`}.Ask(port), ""},
		"fewer":        {script.HTTP{Path: page, Expect: `"activeNodes":3\b`}.Ask(port), "not yet"},
		"no page":      {script.HTTP{Path: "/gone"}.Ask(port), "404"},
		"a port":       {script.TCP(port), ""},
		"nobody":       {script.TCP(1), "refused"},
		"no speaker":   {&ferry.Ask{Protocol: "latin"}, "latin"},
		"no secret":    {script.HTTP{Path: ferry.SecretRef("x", "value")}.Ask(port), "no such secret"},
		"not a script": {&ferry.Ask{Protocol: "http", Port: port, Script: []byte("1")}, "read the script"},
	} {
		t.Run(name, func(t *testing.T) {
			err := w.conversation(t.Context(), "nn0", *c.ask)()
			if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
				t.Errorf("got %v, want %q", err, c.says)
			}
		})
	}
}

// portOf is the port that a request came to.
func portOf(t *testing.T, r *http.Request) int {
	t.Helper()
	at, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if !ok {
		t.Fatal("a request without an address")
	}
	return at.Port
}

func TestAgainAsksUntilItIsAnswered(t *testing.T) {
	asked := 0
	err := again(t.Context(), func() error {
		if asked++; asked < 3 {
			return errors.New("not yet")
		}
		return nil
	})
	if err != nil || asked != 3 {
		t.Errorf("asked %d times, %v", asked, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	never := errors.New("never")
	if err := again(ctx, func() error { return never }); !errors.Is(err, never) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
