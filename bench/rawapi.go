package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// rawAPI speaks to the engine and adds nothing of its own: it is the floor.
type rawAPI struct {
	socket string
	label  string // KEY=VALUE, on everything it makes
	http   *http.Client
}

const version = "/v1.41"

func newRawAPI(o options) *rawAPI {
	a := &rawAPI{socket: o.socket, label: "ferry-bench=" + o.run}
	a.http = &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return a.dial(ctx) },
	}}
	return a
}

func (a *rawAPI) labels() map[string]string {
	key, value, _ := strings.Cut(a.label, "=")
	return map[string]string{key: value}
}

func (a *rawAPI) dial(ctx context.Context) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "unix", a.socket)
}

// post sends in as JSON and decodes the answer into out, if there is one.
func (a *rawAPI) post(ctx context.Context, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	return a.call(ctx, http.MethodPost, path, "application/json", body, out)
}

func (a *rawAPI) call(ctx context.Context, method, path, kind string, body []byte, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, "http://docker"+version+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", kind)
	resp, err := a.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s %s: %s: %s", method, path, resp.Status, bytes.TrimSpace(answer))
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer, out)
}

// unpack puts a tar into a container's root.
func (a *rawAPI) unpack(ctx context.Context, container string, tar []byte) error {
	return a.call(ctx, http.MethodPut, "/containers/"+container+"/archive?path=/", "application/x-tar", tar, nil)
}

func (a *rawAPI) start(ctx context.Context, container string) error {
	return a.post(ctx, "/containers/"+container+"/start", nil, nil)
}

func (a *rawAPI) delete(ctx context.Context, path string) error {
	return a.call(ctx, http.MethodDelete, path, "", nil, nil)
}

// command is what exec runs.
type command struct {
	Cmd        []string
	User       string   `json:",omitempty"`
	WorkingDir string   `json:",omitempty"`
	Env        []string `json:",omitempty"`
	Stdin      []byte   `json:"-"`
}

// exec runs a command, returns its output, and fails unless it exits with 0.
func (a *rawAPI) exec(ctx context.Context, container string, c command) (string, error) {
	in := struct {
		command
		AttachStdin, AttachStdout, AttachStderr bool
	}{c, c.Stdin != nil, true, true}
	var created struct{ ID string }
	if err := a.post(ctx, "/containers/"+container+"/exec", in, &created); err != nil {
		return "", err
	}
	out, err := a.attach(ctx, created.ID, c.Stdin)
	if err != nil {
		return out, err
	}
	var ended struct{ ExitCode int }
	err = a.call(ctx, http.MethodGet, "/exec/"+created.ID+"/json", "", nil, &ended)
	if err == nil && ended.ExitCode != 0 {
		err = fmt.Errorf("%s in %s: exit code %d: %s", c.Cmd[0], container, ended.ExitCode, strings.TrimSpace(out))
	}
	return out, err
}

func (a *rawAPI) attach(ctx context.Context, exec string, stdin []byte) (string, error) {
	conn, err := a.dial(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Close() //nolint:errcheck // only read
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	const body = `{"Detach":false,"Tty":false}`
	_, err = fmt.Fprintf(conn, "POST %s/exec/%s/start HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\n"+
		"Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: %d\r\n\r\n%s", version, exec, len(body), body)
	if err != nil {
		return "", err
	}
	r := bufio.NewReader(conn)
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusSwitchingProtocols {
		return "", fmt.Errorf("start exec: %s", resp.Status)
	}
	go func() {
		_, _ = conn.Write(stdin)
		_ = conn.(*net.UnixConn).CloseWrite()
	}()
	return frames(r)
}

// frames takes the output out of Docker's frames: eight bytes of header, the
// last four of them the length.
func frames(r io.Reader) (string, error) {
	var out strings.Builder
	for {
		var header [8]byte
		_, err := io.ReadFull(r, header[:])
		if errors.Is(err, io.EOF) {
			return out.String(), nil
		}
		if err != nil {
			return out.String(), err
		}
		if _, err := io.CopyN(&out, r, int64(binary.BigEndian.Uint32(header[4:]))); err != nil {
			return out.String(), err
		}
	}
}
