package docker

import (
	"bytes"
	"io"
	"strings"
)

// refusalPrefix begins what Docker prints in place of a command it cannot
// start: on the command's own standard output, in one piece.
const refusalPrefix = "OCI runtime exec failed: "

// refusals are all its beginnings; the last two are Podman's.
func refusals() [5]string {
	return [...]string{refusalPrefix, "unable to find user ", "unable to find group ", "Error: crun: ", "Error: runc: "}
}

// refuses reports whether a text may be a refusal.
func refuses(text []byte) bool {
	for _, begin := range refusals() {
		if bytes.HasPrefix(text, []byte(begin)) {
			return true
		}
	}
	return false
}

// refusalMax bounds the memory for it.
const refusalMax = 8192

// heldBack passes everything on, except output that may be Docker's refusal:
// that is kept until the exit code is known.
type heldBack struct {
	to     io.Writer
	kept   []byte
	passed bool // it was no refusal
}

func (h *heldBack) Write(p []byte) (int, error) {
	if h.passed {
		return h.to.Write(p)
	}
	h.kept = append(h.kept, p...)
	if refuses(h.kept) && len(h.kept) < refusalMax {
		return len(p), nil
	}
	return len(p), h.release()
}

// release passes on what was kept, and from now on everything.
func (h *heldBack) release() error {
	h.passed = true
	if len(h.kept) == 0 {
		return nil
	}
	_, err := h.to.Write(h.kept)
	h.kept = nil
	return err
}

// refusal returns Docker's reason, without the words around it.
func (h *heldBack) refusal() (reason string, refused bool) {
	text := strings.TrimSuffix(strings.TrimSpace(string(h.kept)), ": unknown")
	for _, around := range [...]string{refusalPrefix, "exec failed: ", "unable to start container process: "} {
		text = strings.TrimPrefix(text, around)
	}
	if i := strings.LastIndex(text, "exec: "); i >= 0 {
		text = text[i+len("exec: "):]
	}
	return text, refuses(h.kept)
}

// outlet is a caller's output: nil takes everything, and so does one that has
// failed once.
type outlet struct {
	to     io.Writer
	failed bool
	broken chan<- error
}

func (o *outlet) Write(p []byte) (int, error) {
	if o.to == nil || o.failed {
		return len(p), nil
	}
	if _, err := o.to.Write(p); err != nil {
		o.failed = true
		select {
		case o.broken <- foreign{err}:
		default:
		}
	}
	return len(p), nil
}
