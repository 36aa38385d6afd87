// Package browser starts web browsers of this machine: the user's own one for a page that
// it can reach, and one with a profile of its own for pages behind a proxy.
package browser

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/ferry-project/ferry"
)

// Look finds a program, as exec.LookPath does.
type Look func(program string) (path string, err error)

// candidates are browsers that take a profile and a proxy on their command line. On macOS
// they are not in the PATH.
func candidates() []string {
	return []string{
		"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "brave-browser",
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
		"/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
		"/Applications/Firefox.app/Contents/MacOS/firefox",
		"firefox", "firefox-esr",
	}
}

// Find returns the path of the named browser, or without a name that of the first there is.
func Find(look Look, named string) (string, error) {
	if named != "" {
		path, err := look(named)
		if err != nil {
			return "", ferry.Errorf(ferry.Invalid, "the browser %s: %w", named, err)
		}
		return path, nil
	}
	for _, c := range candidates() {
		if path, err := look(c); err == nil {
			return path, nil
		}
	}
	return "", ferry.Errorf(ferry.Failed, "no browser that takes a proxy is found on this machine").
		WithHint("--browser names one; --print prints the proxy's address and waits")
}

// Behind returns the command that opens a page in a browser of its own, to which only the
// proxy leads. profile is a folder for it, which the caller makes and removes.
func Behind(ctx context.Context, program, profile string, proxy *url.URL, page string) (*exec.Cmd, error) {
	if !strings.Contains(strings.ToLower(filepath.Base(program)), "firefox") {
		return exec.CommandContext(ctx, program, chromium(profile, proxy, page)...), nil
	}
	if err := os.WriteFile(filepath.Join(profile, "user.js"), []byte(firefox(proxy)), 0o600); err != nil { //nolint:gosec // a folder of the caller's own
		return nil, fmt.Errorf("write the browser's settings: %w", err)
	}
	return exec.CommandContext(ctx, program, "-no-remote", "-profile", profile, page), nil
}

// chromium is the command line of Chromium and what is made of it. It asks the proxy for
// names of this machine, too, which it does not unless it is told.
func chromium(profile string, proxy *url.URL, page string) []string {
	return []string{
		"--user-data-dir=" + profile, "--proxy-server=" + proxy.String(), "--proxy-bypass-list=<-loopback>",
		"--no-first-run", "--no-default-browser-check", "--disable-sync", "--disable-background-networking",
		"--disable-component-update", "--disable-search-engine-choice-screen", page,
	}
}

// firefox is its file of settings.
func firefox(proxy *url.URL) string {
	port := proxy.Port()
	return `user_pref("network.proxy.type", 1);
user_pref("network.proxy.http", "` + proxy.Hostname() + `");
user_pref("network.proxy.http_port", ` + port + `);
user_pref("network.proxy.ssl", "` + proxy.Hostname() + `");
user_pref("network.proxy.ssl_port", ` + port + `);
user_pref("network.proxy.no_proxies_on", "");
user_pref("network.proxy.allow_hijacking_localhost", true);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.fixup.alternate.enabled", false);
user_pref("dom.security.https_first", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
`
}

// Open returns the command that opens a page in the user's own browser.
func Open(ctx context.Context, look Look, named, page string) (*exec.Cmd, error) {
	programs := []string{"xdg-open", "sensible-browser", "x-www-browser"}
	if runtime.GOOS == "darwin" {
		programs = []string{"open"}
	}
	if named != "" {
		programs = []string{named}
	}
	for _, p := range programs {
		if path, err := look(p); err == nil {
			return exec.CommandContext(ctx, path, page), nil
		}
	}
	return nil, ferry.Errorf(ferry.Failed, "no program that opens a browser is found on this machine").
		WithHint("open %s yourself", page)
}
