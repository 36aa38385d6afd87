package main

import "testing"

func TestParseTimes(t *testing.T) {
	got := parseTimes("cpu  10 0 5 70 15 0 0 0 0 0\ncpu0 1 1 1 1 1\n")
	if want := (times{idle: 85, all: 100}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
