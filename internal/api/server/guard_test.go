package server_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/ferry-project/ferry/internal/api/server"
)

func yes(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }

func TestWithToken(t *testing.T) {
	for _, c := range []struct {
		name, token, header string
		status              int
	}{
		{"right", "secret", "Bearer secret", 204},
		{"case of the scheme", "secret", "bearer secret", 204},
		{"wrong", "secret", "Bearer secre", 401},
		{"longer", "secret", "Bearer secret2", 401},
		{"none", "secret", "", 401},
		{"another scheme", "secret", "Basic secret", 401},
		{"bare", "secret", "secret", 401},
		{"server without a token", "", "Bearer ", 401},
		{"server without a token, none given", "", "", 401},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/v1/version", nil)
			if c.header != "" {
				r.Header.Set("Authorization", c.header)
			}
			w := httptest.NewRecorder()
			server.WithToken(http.HandlerFunc(yes), c.token).ServeHTTP(w, r)
			if w.Code != c.status {
				t.Errorf("status %d, want %d", w.Code, c.status)
			}
			if w.Code == http.StatusUnauthorized {
				problem(t, w.Result())
				if w.Header().Get("WWW-Authenticate") == "" {
					t.Error("does not say what is wanted")
				}
			}
		})
	}
}
