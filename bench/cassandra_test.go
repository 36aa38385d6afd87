package main

import (
	"strings"
	"testing"
	"time"
)

func TestReadBack(t *testing.T) {
	view := strings.Repeat(" 10.0.0.2 | NORMAL,0\n", 3)
	for name, c := range map[string]struct {
		out string
		ok  bool
	}{
		"all three":         {view + " 2271\n 2271\n", true},
		"a node is joining": {strings.Replace(view, "NORMAL", "BOOT", 1) + " 2271\n 2271\n", false},
		"refused at ALL":    {view + " 2271\nNoHostAvailable\n", false},
		"nothing":           {"", false},
	} {
		t.Run(name, func(t *testing.T) {
			if err := readBack(c.out); (err == nil) != c.ok {
				t.Error(err)
			}
		})
	}
}

func TestMomentOfTheFirstLineWithTheWords(t *testing.T) {
	log := "2026-11-22T10:00:00.5Z cassandra: begin\n2026-11-22T10:00:07.25Z cassandra: Startup complete\n2026-11-22T11:00:00Z Startup complete\n"
	at, err := moment(log, started)
	if want := time.Date(2026, 11, 22, 10, 0, 7, 250e6, time.UTC); err != nil || !at.Equal(want) {
		t.Errorf("%s, %v", at, err)
	}
	if _, err := moment(log, "Shutdown"); err == nil {
		t.Error("found what nobody has said")
	}
}
