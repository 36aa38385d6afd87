package server

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

type sourceInput struct{ Body api.Source }

func (r routes) plans() {
	f := r.ferry
	ask := described(operation(http.MethodPost, "/v1/questions", "plans", "list-questions", "List an application's questions"),
		"The questions that are still open. Give the answers with the application in the next call.")
	ask.MaxBodyBytes = maxSource
	huma.Register(r.api, ask, func(ctx context.Context, in *sourceInput) (*list[ferry.Question], error) {
		if err := textFits(in.Body); err != nil {
			return nil, err
		}
		return answerList(f.Questions(ctx, in.Body))
	})
	plan := described(operation(http.MethodPost, "/v1/plan", "plans", "plan-stack", "Plan a stack"),
		"Everything that starting the application would do: names, addresses, files, limits and the order of the work.")
	plan.MaxBodyBytes = maxSource
	huma.Register(r.api, plan, func(ctx context.Context, in *sourceInput) (*body[api.Proposal], error) {
		if err := textFits(in.Body); err != nil {
			return nil, err
		}
		return answer(f.Plan(ctx, in.Body))
	})
}

// textFits refuses an application text beyond the limit.
func textFits(s api.Source) error {
	if len(s.Text) <= api.MaxText {
		return nil
	}
	p := api.NewStatusProblem(http.StatusRequestEntityTooLarge, "the application's text is longer than 1 MiB")
	p.Hint = "an application file is a few hundred bytes; is this the right file?"
	return p
}
