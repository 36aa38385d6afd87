package main

import (
	"path/filepath"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/engine/endpoint"
)

// settings are read from the environment; every variable Ferry reads is here or, where
// docker reads it too, in package endpoint.
type settings struct {
	home        string               // FERRY_HOME: state, cache and socket
	engine      endpoint.Environment // DOCKER_HOST and its like
	addressPool string               // FERRY_ADDRESS_POOL: where the stacks' networks come from
	socketGroup string               // FERRY_SOCKET_GROUP: who else may use the server
	server      string               // FERRY_HOST: https://host:port of a server elsewhere, instead of this home's
	authority   string               // FERRY_CA: PEM file of who signed its certificate; else the machine's own
	token       string               // FERRY_TOKEN: for the API on TCP, on both sides
	noColor     bool                 // NO_COLOR
	term        string               // TERM
	userHome    string               // HOME: where the user's Maven settings lie
	proxies     map[string]string
}

// proxyNames are handed to image builds, in both spellings that tools look for.
var proxyNames = [...]string{
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY",
	"http_proxy", "https_proxy", "no_proxy", "all_proxy",
}

func readSettings(getenv func(string) string, uid int) (settings, error) {
	s := settings{
		home:        getenv("FERRY_HOME"),
		engine:      endpoint.Variables(getenv),
		addressPool: getenv("FERRY_ADDRESS_POOL"),
		socketGroup: getenv("FERRY_SOCKET_GROUP"),
		server:      getenv("FERRY_HOST"),
		authority:   getenv("FERRY_CA"),
		token:       getenv("FERRY_TOKEN"),
		noColor:     getenv("NO_COLOR") != "",
		term:        getenv("TERM"),
		userHome:    getenv("HOME"),
		proxies:     map[string]string{},
	}
	for _, name := range proxyNames {
		if v := getenv(name); v != "" {
			s.proxies[name] = v
		}
	}
	if s.home == "" {
		s.home = defaultHome(getenv, uid)
	}
	if !filepath.IsAbs(s.home) {
		return s, ferry.Errorf(ferry.Invalid, "FERRY_HOME must be an absolute path, not %q", s.home).
			WithHint("unset FERRY_HOME, or set HOME, to have the default")
	}
	s.home = filepath.Clean(s.home)
	return s, nil
}

// defaultHome is the system's place for root and the user's for everybody else.
func defaultHome(getenv func(string) string, uid int) string {
	if uid == 0 {
		return "/var/lib/ferry"
	}
	if state := getenv("XDG_STATE_HOME"); filepath.IsAbs(state) {
		return filepath.Join(state, "ferry")
	}
	if home := getenv("HOME"); home != "" {
		return filepath.Join(home, ".local", "state", "ferry")
	}
	return ""
}
