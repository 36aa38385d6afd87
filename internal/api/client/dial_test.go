package client_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api/apitest"
)

// node is a port on which everything comes back once it has come whole.
func node(t *testing.T) *apitest.Ferry {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				all, _ := io.ReadAll(c)
				_, _ = c.Write(all)
			}()
		}
	}()
	return &apitest.Ferry{DialFunc: func(ctx context.Context, ref, node string, port int) (net.Conn, error) {
		if ref != "lab" || node != "hadoop0" || port != 9870 {
			return nil, ferry.Errorf(ferry.NotFound, "no %s %s %d", ref, node, port)
		}
		var d net.Dialer
		return d.DialContext(ctx, "tcp", ln.Addr().String())
	}}
}

// What is sent comes back after its sender has said that this was all, much or nothing.
func TestDialCarriesBothWays(t *testing.T) {
	c := dial(t, node(t))
	for _, size := range []int{0, 1, 64 << 10, 64<<10 + 1, 3 << 20} {
		asking, cancel := context.WithCancel(t.Context())
		conn, err := c.Dial(asking, "lab", "hadoop0", 9870)
		if err != nil {
			t.Fatal(err)
		}
		cancel() // the connection outlives the call
		sent := bytes.Repeat([]byte{7}, size)
		if n, err := conn.Write(sent); n != size || err != nil {
			t.Fatalf("%d bytes: wrote %d, %v", size, n, err)
		}
		if err := conn.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(conn)
		if err != nil || !bytes.Equal(got, sent) {
			t.Errorf("%d bytes: %d came back, %v", size, len(got), err)
		}
		_ = conn.Close()
	}
}

func TestDialThatIsRefused(t *testing.T) {
	c := dial(t, node(t))
	if _, err := c.Dial(t.Context(), "lab", "hadoop1", 9870); ferry.CodeOf(err) != ferry.NotFound || err.Error() != "no lab hadoop1 9870" {
		t.Errorf("got %v", err)
	}
	if _, err := c.Dial(t.Context(), "lab", "hadoop0", 0); ferry.CodeOf(err) != ferry.Invalid {
		t.Errorf("got %v", err)
	}
}

// A caller that leaves lets go of the node, whether it has said that it sends no more or not.
func TestDialledNodeLearnsThatTheCallerLeft(t *testing.T) {
	for _, half := range []bool{false, true} {
		near, far := net.Pipe()
		c := dial(t, &apitest.Ferry{DialFunc: func(context.Context, string, string, int) (net.Conn, error) { return whole{far}, nil }})
		conn, err := c.Dial(t.Context(), "lab", "hadoop0", 9870)
		if err != nil {
			t.Fatal(err)
		}
		if half {
			if err := conn.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
				t.Fatal(err)
			}
		}
		_ = conn.Close()
		if _, err := near.Read(make([]byte, 1)); err == nil {
			t.Error("something came")
		}
	}
}

// whole is a connection that takes it that no more comes, and goes on.
type whole struct{ net.Conn }

func (whole) CloseWrite() error { return nil }
