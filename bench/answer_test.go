package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"
)

func TestGetExpectsAPage(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/live" {
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = w.Write([]byte(`{"activeNodes":2}`))
	}))
	defer s.Close()
	for name, c := range map[string]struct {
		url, expect string
		fails       bool
	}{
		"as expected": {s.URL + "/live", `"activeNodes":2\b`, false},
		"fewer":       {s.URL + "/live", `"activeNodes":3\b`, true},
		"no page":     {s.URL + "/gone", `"activeNodes":2\b`, true},
		"nobody":      {"http://127.0.0.1:1/", ".", true},
	} {
		t.Run(name, func(t *testing.T) {
			if err := get(t.Context(), c.url, regexp.MustCompile(c.expect)); (err != nil) != c.fails {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAgainAsksUntilItIsAnswered(t *testing.T) {
	asked := 0
	err := again(t.Context(), func() error {
		if asked++; asked < 3 {
			return errors.New("not yet")
		}
		return nil
	})
	if err != nil || asked != 3 {
		t.Errorf("asked %d times, %v", asked, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	never := errors.New("never")
	if err := again(ctx, func() error { return never }); !errors.Is(err, never) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
