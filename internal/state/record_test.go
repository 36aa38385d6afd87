package state_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/ferry-project/ferry/internal/state"
)

// logTo logs a value directly and inside another one, as text and as JSON.
func logTo(w io.Writer, r state.Record) {
	wrapped := struct{ Inner state.Record }{r}
	for _, h := range []slog.Handler{slog.NewTextHandler(w, nil), slog.NewJSONHandler(w, nil)} {
		slog.New(h).Info("x", "record", r, "secrets", r.Secrets, "wrapped", wrapped)
	}
	_ = json.NewEncoder(w).Encode(wrapped)
}

func TestSecretsStaySecret(t *testing.T) {
	r := record("sa-1", "")
	var log strings.Builder
	logTo(&log, r)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&log, verb, r)
		fmt.Fprintf(&log, verb, r.Secrets)
	}
	fmt.Fprint(&log, r.Secrets.String())
	if strings.Contains(log.String(), "hush") || strings.Contains(log.String(), fmt.Sprintf("%x", "hush")) {
		t.Errorf("a secret was printed: %s", log.String())
	}
	if !strings.Contains(log.String(), "[1 secrets]") {
		t.Errorf("nothing was printed: %s", log.String())
	}
}
