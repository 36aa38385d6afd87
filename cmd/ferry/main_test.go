package main

import (
	"os"
	"syscall"
	"testing"
	"time"
)

func TestTwoInterrupts(t *testing.T) {
	ctx, leave := interrupts()
	interrupt(t)
	wait(t, ctx.Done(), "the first does not end the context")
	select {
	case <-leave:
		t.Fatal("the first already leaves")
	default:
	}
	interrupt(t)
	wait(t, leave, "the second does not leave")
}

func interrupt(t *testing.T) {
	t.Helper()
	if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
}

func wait(t *testing.T, done <-chan struct{}, otherwise string) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal(otherwise)
	}
}
