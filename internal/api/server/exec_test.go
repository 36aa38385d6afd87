package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/api/apitest"
)

// socket opens an exec by hand.
func socket(t *testing.T, f api.Ferry, first string) (context.Context, *websocket.Conn) {
	t.Helper()
	url, c := listening(t, f)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	conn, _, err := websocket.Dial(ctx, url+"/v1/stacks/x/exec", &websocket.DialOptions{HTTPClient: c})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.CloseNow() })
	if err := conn.Write(ctx, websocket.MessageText, []byte(first)); err != nil {
		t.Fatal(err)
	}
	return ctx, conn
}

// last reads up to the last control message.
func last(ctx context.Context, t *testing.T, conn *websocket.Conn) api.ExecControl {
	t.Helper()
	for {
		typ, b, err := conn.Read(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var m api.ExecControl
		if typ == websocket.MessageText {
			if err := json.Unmarshal(b, &m); err != nil {
				t.Fatal(err)
			}
		}
		if m.Exit != nil || m.Error != nil {
			return m
		}
	}
}

func TestExecRefusesWhatItDoesNotKnow(t *testing.T) {
	f := &apitest.Ferry{ExecFunc: func(context.Context, string, api.ExecRequest, api.Streams) (int, error) {
		t.Error("it got through")
		return 0, nil
	}}
	for _, first := range []string{`{"comand":["x"]}`, `{`, `7`} {
		ctx, conn := socket(t, f, first)
		if m := last(ctx, t, conn); m.Error == nil || m.Error.Code != ferry.Invalid {
			t.Errorf("%s: %+v", first, m)
		}
	}
}

func TestExecClosesOnNonsense(t *testing.T) {
	for _, c := range []struct {
		name string
		typ  websocket.MessageType
		data string
	}{
		{"another stream", websocket.MessageBinary, "\x01x"},
		{"no stream", websocket.MessageBinary, ""},
		{"unknown control", websocket.MessageText, `{"rezise":{}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			gone := make(chan struct{})
			ctx, conn := socket(t, &apitest.Ferry{ExecFunc: func(ctx context.Context, _ string, _ api.ExecRequest, _ api.Streams) (int, error) {
				defer close(gone)
				<-ctx.Done()
				return 0, ctx.Err()
			}}, `{}`)
			if err := conn.Write(ctx, c.typ, []byte(c.data)); err != nil {
				t.Fatal(err)
			}
			if _, _, err := conn.Read(ctx); websocket.CloseStatus(err) != websocket.StatusUnsupportedData {
				t.Errorf("got %v", err)
			}
			<-gone
		})
	}
}

// A plain client may ignore what the server says about the input it has read.
func TestExecTakesInputFromAClientThatKeepsNoWindow(t *testing.T) {
	begin := make(chan struct{})
	ctx, conn := socket(t, &apitest.Ferry{ExecFunc: func(_ context.Context, _ string, _ api.ExecRequest, s api.Streams) (int, error) {
		<-begin
		n, err := io.Copy(io.Discard, s.In)
		return int(n), err
	}}, `{"stdin":true}`)
	part := append([]byte{api.StreamIn}, bytes.Repeat([]byte("x"), 64<<10)...)
	const parts = 256 // more than any connection holds
	sent := make(chan error, 1)
	go func() {
		for range parts {
			if err := conn.Write(ctx, websocket.MessageBinary, part); err != nil {
				sent <- err
				return
			}
		}
		sent <- conn.Write(ctx, websocket.MessageText, []byte(`{"close_stdin":true}`))
	}()
	select {
	case err := <-sent:
		t.Fatalf("all of it was taken though nobody reads, error %v", err)
	case <-time.After(300 * time.Millisecond):
	}
	close(begin)
	if m := last(ctx, t, conn); m.Exit == nil || *m.Exit != parts*64<<10 {
		t.Errorf("got %+v", m)
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
}

func TestExecClosedInGoodOrderIsCancelled(t *testing.T) {
	gone := make(chan struct{})
	_, conn := socket(t, &apitest.Ferry{ExecFunc: func(ctx context.Context, _ string, _ api.ExecRequest, _ api.Streams) (int, error) {
		defer close(gone)
		<-ctx.Done()
		return 0, ctx.Err()
	}}, `{}`)
	_ = conn.Close(websocket.StatusNormalClosure, "")
	<-gone
}

func TestExecRefusesOthers(t *testing.T) {
	url, c := listening(t, &apitest.Ferry{})
	if p := problem(t, ask(t, c, "GET", url+"/v1/stacks/x/exec", "")); p.Status != http.StatusUpgradeRequired {
		t.Errorf("not a WebSocket: %+v", p)
	}
	_, resp, err := websocket.Dial(t.Context(), url+"/v1/stacks/x/exec", &websocket.DialOptions{
		HTTPClient: c, HTTPHeader: http.Header{"Origin": {"https://evil.example"}},
	})
	if err == nil || resp == nil || resp.StatusCode != http.StatusForbidden {
		t.Errorf("another site: %v", err)
	}
	if p := problem(t, resp); !strings.Contains(p.Detail, "not authorized") {
		t.Errorf("got %+v", p)
	}
	for name, header := range map[string][]string{
		"no version": {"Upgrade", "websocket", "Connection", "Upgrade", "Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="},
		"no key":     {"Upgrade", "websocket", "Connection", "Upgrade", "Sec-WebSocket-Version", "13"},
		"no upgrade": {"Upgrade", "websocket"},
	} {
		if p := problem(t, ask(t, c, "GET", url+"/v1/stacks/x/exec", "", header...)); p.Status/100 != 4 {
			t.Errorf("%s: %+v", name, p)
		}
	}
}
