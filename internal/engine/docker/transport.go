package docker

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/moby/moby/client"
)

// transport says how an address is reached.
func transport(host, certs string) ([]client.Opt, error) {
	if strings.HasPrefix(host, "ssh://") {
		return overSSH(host)
	}
	opts := []client.Opt{client.WithHost(host)}
	if certs != "" {
		in := func(name string) string { return filepath.Join(certs, name) }
		opts = append(opts, client.WithTLSClientConfig(in("ca.pem"), in("cert.pem"), in("key.pem")))
	}
	return opts, nil
}

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
	args = append(args, "--", u.Hostname(), "docker", "system", "dial-stdio")
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
