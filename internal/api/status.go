package api

import (
	"net/http"

	"github.com/ferry-project/ferry"
)

// StatusInterrupted is the status of ferry.Interrupted. HTTP has none for a
// request its own sender gave up; this number is what proxies log for one.
const StatusInterrupted = 499

// statusOf is the one table of codes and HTTP statuses, read in both directions,
// so every code has a status of its own.
func statusOf() map[ferry.Code]int {
	return map[ferry.Code]int{
		ferry.Invalid:     http.StatusUnprocessableEntity,
		ferry.NotFound:    http.StatusNotFound,
		ferry.Conflict:    http.StatusConflict,
		ferry.Unavailable: http.StatusServiceUnavailable,
		ferry.Interrupted: StatusInterrupted,
		ferry.Failed:      http.StatusBadGateway,
		ferry.Internal:    http.StatusInternalServerError,
	}
}

// Status returns the HTTP status of a code; 500 for a code that is not in the table.
func Status(c ferry.Code) int {
	if s, ok := statusOf()[c]; ok {
		return s
	}
	return http.StatusInternalServerError
}

// CodeOf returns the code for an HTTP status, for answers that carry no code of
// their own: the table read backwards, else Invalid for a 4xx, Unavailable for
// what a proxy in between says, and Internal.
func CodeOf(status int) ferry.Code {
	for c, s := range statusOf() {
		if s == status {
			return c
		}
	}
	switch {
	case status >= 400 && status < 500:
		return ferry.Invalid
	case status == http.StatusGatewayTimeout:
		return ferry.Unavailable
	}
	return ferry.Internal
}

// title is the short text of a status.
func title(status int) string {
	if status == StatusInterrupted {
		return "Interrupted"
	}
	return http.StatusText(status)
}
