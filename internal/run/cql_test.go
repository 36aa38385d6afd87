package run

import (
	"errors"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/secret"
)

func TestSecretsAreFilledIntoACopyOfTheWork(t *testing.T) {
	k := &walk{Walker: &Walker{}, graph: Graph{Secrets: secret.Values{"db": {"value": "s3cret"}}}}
	ref := ferry.SecretRef("db", "value")
	work := ferry.CQL{
		Users:      []ferry.CQLUser{{Name: "ferry", Password: ref}},
		Statements: []ferry.CQLStatement{{Text: "CREATE ROLE a WITH PASSWORD = '" + ref + "'"}},
	}
	got, err := k.fillCQL(&work)
	if err != nil {
		t.Fatal(err)
	}
	if got.Users[0].Password != "s3cret" || !strings.Contains(got.Statements[0].Text, "'s3cret'") {
		t.Errorf("got %+v", got)
	}
	if work.Users[0].Password != ref || strings.Contains(work.Statements[0].Text, "s3cret") {
		t.Errorf("the plan's own work has the secret: %+v", work)
	}
}

func TestWorkWithAnUnknownSecretIsNotDone(t *testing.T) {
	k := &walk{Walker: &Walker{}}
	for name, work := range map[string]ferry.CQL{
		"password":  {Users: []ferry.CQLUser{{Password: ferry.SecretRef("no", "value")}}},
		"statement": {Statements: []ferry.CQLStatement{{Text: ferry.SecretRef("no", "value")}}},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := k.fillCQL(&work); err == nil {
				t.Errorf("got %+v", got)
			}
		})
	}
	if got, err := k.fillCQL(nil); got != nil || err != nil {
		t.Errorf("of nothing: %v, %v", got, err)
	}
}

func TestDialsOnlyNodesOfThePlan(t *testing.T) {
	k := &walk{Walker: &Walker{}, graph: Graph{Plan: &ferry.Plan{}}}
	_, err := k.dialCQL(ferry.Node{}, 9042)(t.Context(), "elsewhere")
	var e *ferry.Error
	if !errors.As(err, &e) || e.Code != ferry.Internal {
		t.Errorf("got %v", err)
	}
}
