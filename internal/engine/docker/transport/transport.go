// Package transport reaches an engine where it listens: by a socket, by TCP with or without
// TLS, or over SSH.
package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/docker/go-connections/tlsconfig"
	"github.com/moby/moby/client"

	"github.com/ferry-project/ferry/internal/engine/endpoint"
)

// To says how a client reaches an engine.
func To(at endpoint.Endpoint) ([]client.Opt, error) {
	if strings.HasPrefix(at.Host, "ssh://") {
		return overSSH(at.Host)
	}
	if at.Certs == "" {
		return []client.Opt{client.WithHost(at.Host)}, nil
	}
	secure, err := tlsconfig.Client(certificates(at))
	if err != nil {
		return nil, fmt.Errorf("certificates in %s: %w", at.Certs, err)
	}
	over := &http.Client{Transport: &http.Transport{TLSClientConfig: secure}, CheckRedirect: client.CheckRedirect}
	return []client.Opt{client.WithHTTPClient(over), client.WithHost(at.Host)}, nil
}

// certificates are those that are there: an engine may want none of its clients.
func certificates(at endpoint.Endpoint) tlsconfig.Options {
	in := func(name string) string {
		path := filepath.Join(at.Certs, name)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return ""
		}
		return path
	}
	return tlsconfig.Options{
		CAFile: in("ca.pem"), CertFile: in("cert.pem"), KeyFile: in("key.pem"),
		ExclusiveRootPools: true, InsecureSkipVerify: at.Insecure,
	}
}

var plainPath = regexp.MustCompile(`^/[A-Za-z0-9/._-]*$`)

// overSSH reaches an engine the way docker's own command does: by a child
// process `ssh HOST docker system dial-stdio` for each connection.
func overSSH(host string) ([]client.Opt, error) {
	u, err := url.Parse(host)
	if err != nil {
		return nil, err
	}
	if u.Hostname() == "" || strings.HasPrefix(u.Host, "-") || strings.HasPrefix(u.User.Username(), "-") {
		return nil, errors.New("no host name")
	}
	args := []string{"-T"}
	if u.User != nil {
		args = append(args, "-l", u.User.Username())
	}
	if u.Port() != "" {
		args = append(args, "-p", u.Port())
	}
	args = append(args, "--", u.Hostname(), "docker")
	if u.Path != "" { // a socket there; the far shell reads the words, so they are plain
		if !plainPath.MatchString(u.Path) {
			return nil, fmt.Errorf("the socket's path %q has letters that a shell might read otherwise", u.Path)
		}
		args = append(args, "--host", "unix://"+u.Path)
	}
	args = append(args, "system", "dial-stdio")
	dial := func(context.Context, string, string) (net.Conn, error) { return dialCommand("ssh", args...) }
	return []client.Opt{client.WithHost("tcp://docker.invalid:2375"), client.WithDialContext(dial)}, nil
}

// command is a connection to a child process' streams. Deadlines are not
// kept: nothing here sets any, and closing ends every read.
type command struct {
	io.ReadCloser
	io.WriteCloser
	cmd *exec.Cmd
}

func dialCommand(name string, args ...string) (net.Conn, error) {
	cmd := exec.Command(name, args...)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return command{ReadCloser: out, WriteCloser: in, cmd: cmd}, cmd.Start()
}

func (c command) CloseWrite() error { return c.WriteCloser.Close() }

func (c command) Close() error {
	_ = c.WriteCloser.Close()
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
	return nil
}

func (c command) LocalAddr() net.Addr              { return &net.UnixAddr{Name: "ssh", Net: "unix"} }
func (c command) RemoteAddr() net.Addr             { return c.LocalAddr() }
func (c command) SetDeadline(time.Time) error      { return nil }
func (c command) SetReadDeadline(time.Time) error  { return nil }
func (c command) SetWriteDeadline(time.Time) error { return nil }
