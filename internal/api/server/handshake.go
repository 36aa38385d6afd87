package server

import (
	"net/http"
	"strings"

	"github.com/ferry-project/ferry/internal/api"
)

// handshake keeps what the WebSocket library says when it refuses, which is plain
// text, so that it is answered as a problem document.
type handshake struct {
	http.ResponseWriter
	status int
	text   strings.Builder
}

// Unwrap lets the library take over the connection.
func (h *handshake) Unwrap() http.ResponseWriter { return h.ResponseWriter }

// WriteHeader lets only the good answer through.
func (h *handshake) WriteHeader(status int) {
	h.status = status
	if status == http.StatusSwitchingProtocols {
		h.ResponseWriter.WriteHeader(status)
	}
}

// Write keeps the reason.
func (h *handshake) Write(p []byte) (int, error) { return h.text.Write(p) }

// answer refuses, when the connection is still there to hear it.
func (h *handshake) answer() {
	if h.status == http.StatusSwitchingProtocols || h.status == 0 {
		return
	}
	h.Header().Del("X-Content-Type-Options")
	writeProblem(h.ResponseWriter, api.NewStatusProblem(h.status, strings.TrimSpace(h.text.String())))
}
