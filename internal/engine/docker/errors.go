package docker

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"

	"github.com/ferry-project/ferry/internal/engine"
)

// conflicts are the texts of conflicts that Docker, or below the line Podman, reports as
// something else, with the sentence a user gets.
var conflicts = []struct{ text, sentence string }{
	{"port is already allocated", "a port to be published is already taken on the host"},
	{"failed to bind host port", "a port to be published is already taken on the host"},
	{"address already in use", "an address or port is already in use"},
	{"overlaps with other one", "the subnet overlaps another network's"},
	{"has active endpoints", "a node still runs on the network"},

	{"that name is already in use", "the name is already in use"},
	{"is already used on the host or by another config", "the subnet overlaps another network's"},
	{"network is being used", "a node still runs on the network"},
	{"can only create exec sessions on running containers", "the node is not running"},
	{"is already allocated to container id", "an address or port is already in use"},
}

// foreign is an error that says nothing about the connection to the engine: of
// the caller's streams, or of what the engine was asked to do.
type foreign struct{ error }

func (f foreign) Unwrap() error { return f.error }

// source and sink mark the errors of a caller's streams.
type (
	source struct{ io.Reader }
	sink   struct{ io.Writer }
)

func (s source) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = foreign{err}
	}
	return n, err
}

func (s sink) Write(p []byte) (int, error) {
	n, err := s.Writer.Write(p)
	if err != nil {
		err = foreign{err}
	}
	return n, err
}

// explain puts an error of the client into the contract's classes.
func (c *connection) explain(err error) error {
	if f, ok := errors.AsType[foreign](err); ok {
		return f.error
	}
	text := said(err)
	for _, c := range conflicts {
		if strings.Contains(strings.ToLower(text), c.text) {
			return fmt.Errorf("%w: %s (%s)", engine.ErrConflict, c.sentence, text)
		}
	}
	switch {
	case errors.Is(err, engine.ErrNotFound), errors.Is(err, engine.ErrConflict):
		return err
	case gone(err):
		return c.unavailable(text)
	case errdefs.IsNotFound(err), strings.Contains(text, "received 404"):
		return fmt.Errorf("%w: %s", engine.ErrNotFound, text)
	case errdefs.IsConflict(err), strings.Contains(text, "received 409"):
		return fmt.Errorf("%w: %s", engine.ErrConflict, text)
	}
	return errors.New(text)
}

// gone reports whether no usable engine has answered.
func gone(err error) bool {
	return client.IsErrConnectionFailed(err) || misfit(err.Error()) ||
		strings.Contains(err.Error(), "cannot connect to the Docker daemon") ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// misfit reports whether client and engine have no version of the API in common.
func misfit(text string) bool {
	return strings.Contains(text, "minimum supported API version is") ||
		strings.Contains(text, "client version") && strings.Contains(text, "is too")
}

func (c *connection) unavailable(text string) error {
	switch {
	case strings.Contains(text, "permission denied"):
		return fmt.Errorf("%w: no permission to use Docker at %s (add yourself to the group docker and log in again)",
			engine.ErrUnavailable, c.at)
	case misfit(text):
		return fmt.Errorf("%w: this Docker does not fit: %s (Ferry needs Docker 19.03 or later, API 1.40)", engine.ErrUnavailable, text)
	}
	return fmt.Errorf("%w: Docker does not answer at %s (%s)", engine.ErrUnavailable, c.at, reason(text))
}

// reason is the last part of a chain of errors: "connection refused".
func reason(text string) string {
	if i := strings.LastIndex(text, ": "); i >= 0 {
		return text[i+len(": "):]
	}
	return text
}

// said is the engine's own sentence.
func said(err error) string {
	return strings.ReplaceAll(err.Error(), "Error response from daemon: ", "")
}
