package transport

import (
	"io"
	"testing"
)

func TestDialCommand(t *testing.T) {
	c, err := dialCommand("cat")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, "through a child"); err != nil {
		t.Fatal(err)
	}
	if err := c.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if out, err := io.ReadAll(c); string(out) != "through a child" || err != nil {
		t.Fatalf("%q, %v", out, err)
	}
	_ = c.Close()
	if _, err := dialCommand("no-such-command"); err == nil {
		t.Fatal("a missing command was started")
	}
}
