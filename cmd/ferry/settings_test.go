package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine/endpoint"
)

func TestHome(t *testing.T) {
	for name, c := range map[string]struct {
		env  map[string]string
		uid  int
		want string
	}{
		"told":                 {map[string]string{"FERRY_HOME": "/srv/ferry/"}, 0, "/srv/ferry"},
		"root":                 {map[string]string{"HOME": "/root", "XDG_STATE_HOME": "/x"}, 0, "/var/lib/ferry"},
		"user":                 {map[string]string{"HOME": "/home/ada"}, 1000, "/home/ada/.local/state/ferry"},
		"user with a state":    {map[string]string{"HOME": "/home/ada", "XDG_STATE_HOME": "/s"}, 1000, "/s/ferry"},
		"relative state is no": {map[string]string{"HOME": "/home/ada", "XDG_STATE_HOME": "s"}, 1000, "/home/ada/.local/state/ferry"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := readSettings(func(k string) string { return c.env[k] }, c.uid)
			if err != nil || s.home != c.want {
				t.Errorf("got %q, %v; want %q", s.home, err, c.want)
			}
		})
	}
}

func TestHomeMustBeAbsolute(t *testing.T) {
	for name, env := range map[string]map[string]string{
		"relative":   {"FERRY_HOME": "state"},
		"no home":    {},
		"empty home": {"HOME": ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readSettings(func(k string) string { return env[k] }, 1000)
			if ferry.CodeOf(err) != ferry.Invalid {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestSettings(t *testing.T) {
	env := map[string]string{
		"FERRY_HOME": "/f", "DOCKER_HOST": "unix:///d.sock", "FERRY_ADDRESS_POOL": "10.9.0.0/16",
		"FERRY_SOCKET_GROUP": "data", "FERRY_TOKEN": "t", "NO_COLOR": "1", "TERM": "xterm", "HOME": "/h",
		"https_proxy": "http://p:1", "NO_PROXY": "localhost",
	}
	got, err := readSettings(func(k string) string { return env[k] }, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := settings{
		home: "/f", engine: endpoint.Environment{Host: "unix:///d.sock", Home: "/h"}, addressPool: "10.9.0.0/16", socketGroup: "data",
		token: "t", noColor: true, term: "xterm", userHome: "/h",
		proxies: map[string]string{"https_proxy": "http://p:1", "NO_PROXY": "localhost"},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(settings{})); diff != "" {
		t.Error(diff)
	}
}
