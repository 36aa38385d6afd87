package client

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"syscall"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

// problem decodes an answer that is not good. What did not come from Ferry has
// only its status.
func problem(resp *http.Response) error {
	const enough = 16 << 20 // an error may carry a long output and many faults
	b, _ := io.ReadAll(io.LimitReader(resp.Body, enough))
	return decodeProblem(resp, b)
}

func decodeProblem(resp *http.Response, b []byte) error {
	var p api.Problem
	if json.Unmarshal(b, &p) != nil || p.Status == 0 {
		p = *api.NewStatusProblem(resp.StatusCode, "")
	}
	return p.Err()
}

// unreachable says why there is no answer, or no more of it.
func (c *Client) unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return interrupted(ctx)
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	var cert *tls.CertificateVerificationError
	var said *ferry.Error
	switch {
	case errors.As(err, &said):
		return said // of who may be the server
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, fs.ErrNotExist):
		return unavailable(err, "no server listens on "+c.where, "start one: ferry server")
	case errors.Is(err, fs.ErrPermission):
		return unavailable(err, "you may not use "+c.where, "the socket belongs to another user or group")
	case errors.As(err, &cert):
		return unavailable(err, "the server's certificate is not trusted: "+cert.Err.Error(), "give the authority it comes from")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return unavailable(err, "the server went away", "")
	}
	return unavailable(err, "the server on "+c.where+" cannot be reached: "+err.Error(), "")
}

func unavailable(err error, message, hint string) error {
	return &ferry.Error{Code: ferry.Unavailable, Message: message, Hint: hint, Err: err}
}

func interrupted(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return unavailable(ctx.Err(), "the server did not answer in time", "")
	}
	return &ferry.Error{Code: ferry.Interrupted, Message: "interrupted", Err: ctx.Err()}
}
