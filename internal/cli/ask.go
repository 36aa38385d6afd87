package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

// answerOpen asks what the application wants to know: on a terminal the
// questions without a default (with --ask all of them), elsewhere nothing, and
// then a question without an answer is a fault.
func (o *sourceOptions) answerOpen(ctx context.Context, env *Env, plans api.Plans, s *api.Source) error {
	questions, err := plans.Questions(ctx, *s)
	if ferry.CodeOf(err) == ferry.NotFound && s.Text == nil {
		return nil // a stack, perhaps; who is asked next knows
	}
	if err != nil {
		return err
	}
	var open ferry.Faults
	for i, q := range questions {
		if answered(s.Answers, i, q) || q.Default != "" && !o.ask {
			continue
		}
		if !env.asks() {
			if q.Default == "" {
				open = append(open, unanswered(q))
			}
			continue
		}
		answer, err := env.askQuestion(ctx, q)
		if err != nil {
			return err
		}
		if s.Answers == nil {
			s.Answers = map[string]string{}
		}
		s.Answers[q.Param] = answer
	}
	if len(open) > 0 {
		err := ferry.Errorf(ferry.Invalid, "%s asks a question that has no answer yet", s.Target)
		err.Faults = open
		return err
	}
	return nil
}

// answered reports whether question i has its answer: by parameter, with or
// without braces, or by its number.
func answered(answers map[string]string, i int, q ferry.Question) bool {
	for _, key := range []string{q.Param, answerName(q), strconv.Itoa(i + 1)} {
		if _, ok := answers[key]; ok {
			return true
		}
	}
	return false
}

func answerName(q ferry.Question) string {
	return strings.TrimSuffix(strings.TrimPrefix(q.Param, "{"), "}")
}

func unanswered(q ferry.Question) ferry.Fault {
	example := "…"
	if q.Minimum != nil {
		example = strconv.Itoa(*q.Minimum)
	}
	return ferry.Fault{Message: q.Question, Hint: fmt.Sprintf("answer with --answer '%s=%s'", answerName(q), example)}
}

// askQuestion asks until the answer can be taken.
func (e *Env) askQuestion(ctx context.Context, q ferry.Question) (string, error) {
	prompt := q.Question
	if q.Default != "" {
		prompt += " [" + q.Default + "]"
	}
	for {
		answer, err := e.prompt(ctx, prompt+" ")
		if err != nil {
			return "", err
		}
		if answer == "" {
			answer = q.Default
		}
		complaint := refuse(q, answer)
		if complaint == "" {
			return answer, nil
		}
		e.say("%s", complaint)
	}
}

// refuse says why an answer cannot be taken, or "".
func refuse(q ferry.Question, answer string) string {
	if answer == "" {
		return "an answer is needed"
	}
	if q.Minimum == nil {
		return ""
	}
	if n, err := strconv.Atoi(answer); err != nil || n < *q.Minimum {
		return fmt.Sprintf("a whole number of at least %d is needed", *q.Minimum)
	}
	return ""
}

// confirm asks for a yes. Where nobody can be asked it refuses and names --yes.
func (e *Env) confirm(ctx context.Context, yes bool, question string) error {
	if yes {
		return nil
	}
	if !e.asks() {
		return ferry.Errorf(ferry.Invalid, "nobody can be asked here whether to go on").WithHint("--yes goes on without asking")
	}
	answer, err := e.prompt(ctx, question+" [y/N] ")
	if err != nil {
		return err
	}
	if a := strings.ToLower(answer); a == "y" || a == "yes" {
		return nil
	}
	return ferry.Errorf(ferry.Interrupted, "nothing was done")
}

// prompt reads one line. It gives up with ctx, though the read goes on: the
// program is about to end then.
func (e *Env) prompt(ctx context.Context, text string) (string, error) {
	if e.lineInput == nil {
		e.lineInput = bufio.NewReader(e.In)
	}
	fmt.Fprint(e.Err, text)
	type result struct {
		line string
		err  error
	}
	read := make(chan result, 1)
	go func() {
		line, err := e.lineInput.ReadString('\n')
		read <- result{strings.TrimSpace(line), err}
	}()
	select {
	case <-ctx.Done():
		return "", errInterrupted
	case r := <-read:
		if errors.Is(r.err, io.EOF) && r.line != "" {
			r.err = nil
		}
		if errors.Is(r.err, io.EOF) {
			e.say("")
			return "", ferry.Errorf(ferry.Interrupted, "no answer")
		}
		return r.line, r.err
	}
}
