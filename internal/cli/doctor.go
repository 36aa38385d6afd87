package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/cli/show"
)

type doctorOptions struct {
	fix    bool
	output *choice
}

func newDoctorCommand(env *Env) *cobra.Command {
	o := &doctorOptions{}
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Check the machine, and mend it",
		Long: "Check whether this machine can run stacks: engine, memory, disk, rights, images.\n" +
			"With --fix what can be mended is. It fails when something is still wrong.",
		Example: "  ferry doctor\n  ferry doctor --fix",
		Args:    words(0, 0, ""),
		RunE:    func(c *cobra.Command, _ []string) error { return runDoctor(c.Context(), env, o) },
	}
	c.Flags().BoolVar(&o.fix, "fix", false, "mend what can be mended")
	o.output = addOutput(c)
	return c
}

func runDoctor(ctx context.Context, env *Env, o *doctorOptions) error {
	client, err := env.Connect(ctx)
	if err != nil {
		return err
	}
	checks, err := client.Doctor(ctx, o.fix, func(line string) error {
		env.say("%s", line)
		return nil
	})
	if err != nil {
		return err
	}
	if o.output.value != show.Table {
		err = show.Data(env.Out, o.output.value, notNil(checks))
	} else {
		err = printChecks(env, checks)
	}
	if err != nil {
		return err
	}
	return verdict(checks, o.fix)
}

func printChecks(env *Env, checks []api.Check) error {
	rows := make([][]string, len(checks))
	for i, c := range checks {
		rows[i] = []string{checkState(c), c.Name, c.Found, c.Hint}
	}
	return show.Rows(env.Out, []string{"state", "check", "found", "hint"}, rows)
}

func checkState(c api.Check) string {
	switch {
	case c.Fixed:
		return "fixed"
	case c.OK:
		return "ok"
	}
	return "WRONG"
}

func verdict(checks []api.Check, fixed bool) error {
	wrong := 0
	for _, c := range checks {
		if !c.OK && !c.Fixed {
			wrong++
		}
	}
	if wrong == 0 {
		return nil
	}
	err := ferry.Errorf(ferry.Failed, "%d of %s failed", wrong, plural(len(checks), "check"))
	if !fixed {
		return err.WithHint("ferry doctor --fix mends what it can")
	}
	return err
}
