package api

import (
	"context"
	"errors"
	"fmt"

	"github.com/ferry-project/ferry"
)

// ProblemType is the media type of a Problem.
const ProblemType = "application/problem+json"

// Problem is an error on the wire: a problem document of RFC 9457 with the
// members of ferry.Error beside the standard ones.
type Problem struct {
	Title  string        `json:"title" doc:"The status in words." example:"Not Found"`
	Status int           `json:"status" doc:"The HTTP status, also inside streams that began with 200." example:"404"`
	Detail string        `json:"detail" doc:"What went wrong, one sentence in the user's words."`
	Code   ferry.Code    `json:"code" doc:"What a caller can do about it." enum:"invalid,not-found,conflict,unavailable,interrupted,failed,internal"`
	Hint   string        `json:"hint,omitempty" doc:"What the user can do."`
	Output string        `json:"output,omitempty" doc:"What a failed command inside a node printed, its end if long."`
	Faults []ferry.Fault `json:"faults,omitempty" doc:"Everything wrong in an application file or in the request."`
}

// NewProblem puts err into wire form. A cancelled context is ferry.Interrupted,
// ferry.Faults are ferry.Invalid; an error without a code is ferry.Internal.
func NewProblem(err error) *Problem {
	code := codeOf(err)
	p := &Problem{Title: title(Status(code)), Status: Status(code), Detail: err.Error(), Code: code}
	var e *ferry.Error
	isError := errors.As(err, &e)
	if isError {
		p.Hint, p.Output, p.Faults = e.Hint, e.Output, e.Faults
	}
	var fs ferry.Faults
	if len(p.Faults) == 0 && errors.As(err, &fs) {
		p.Faults = fs
		if !isError {
			p.Detail = CountFaults(len(fs))
		}
	}
	return p
}

// NewStatusProblem is a problem with a status that is not in the table of codes,
// such as 401 or 413.
func NewStatusProblem(status int, detail string) *Problem {
	return &Problem{Title: title(status), Status: status, Detail: detail, Code: CodeOf(status)}
}

// CountFaults is the sentence above a list of n faults.
func CountFaults(n int) string {
	if n == 1 {
		return "one thing is wrong"
	}
	return fmt.Sprintf("%d things are wrong", n)
}

func codeOf(err error) ferry.Code {
	var e *ferry.Error
	switch {
	case errors.As(err, &e) && e.Code != "":
		return e.Code
	case errors.Is(err, context.Canceled):
		return ferry.Interrupted
	case errors.Is(err, context.DeadlineExceeded):
		return ferry.Failed
	}
	return ferry.CodeOf(err)
}

// Err returns the ferry.Error the problem was made from.
func (p *Problem) Err() *ferry.Error {
	code := p.Code
	if code == "" {
		code = CodeOf(p.Status)
	}
	message := p.Detail
	if message == "" {
		message = fmt.Sprintf("the server answered %d %s", p.Status, p.Title)
	}
	return &ferry.Error{Code: code, Message: message, Hint: p.Hint, Output: p.Output, Faults: p.Faults}
}

// Error returns the sentence. A Problem is an error so that a handler can return it.
func (p *Problem) Error() string { return p.Detail }

// GetStatus returns the HTTP status to answer with.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType names the media type of a problem, whatever was negotiated.
func (p *Problem) ContentType(string) string { return ProblemType }
