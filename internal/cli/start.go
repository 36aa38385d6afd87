package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/cli/progress"
)

type startOptions struct {
	sourceOptions
	name     string
	retain   bool
	copy     bool
	detach   bool
	build    string
	progress *shown
}

func newStartCommand(env *Env) *cobra.Command {
	o := &startOptions{}
	c := &cobra.Command{
		Use:   "start APPLICATION|STACK",
		Short: "Start a stack, or a stopped one again",
		Long: "Start a stack from a built-in application (ferry apps lists them), a file, \"-\" for\n" +
			"stdin, or a one-liner; or start a stopped stack again, by id or name.\n" +
			"The id of the stack is all that is printed on stdout, when it is ready to be used.",
		Example: "  ferry start hadoop\n" +
			"  ferry start gluster:3+mpi:4 --name lab\n" +
			"  ferry start app.yaml -b ./my-connector --answer instances=3\n" +
			"  ferry start app.yaml --set 'backend[0].storage.instances=2'\n" +
			"  ferry start sa-1f3c",
		Args:              words(1, 1, "an application or a stack"),
		ValidArgsFunction: completeTargets(env),
		RunE:              func(c *cobra.Command, args []string) error { return runStart(c.Context(), env, o, args[0]) },
	}
	o.addFlags(c)
	return c
}

func (o *startOptions) addFlags(c *cobra.Command) {
	o.addLaunchFlags(c)
	f := c.Flags()
	f.BoolVarP(&o.detach, "detach", "d", false, "print the id and leave; the server goes on")
	addTimeout(c, &o.progress.timeout)
	f.BoolVar(&o.copy, "copy", false, "of a snapshot: copy the data, also where it could be shared until it is changed")
	f.BoolVar(&o.retain, "retain", false, "keep what was made when the start fails, to look into it")
}

// addLaunchFlags adds what start and run have in common.
func (o *startOptions) addLaunchFlags(c *cobra.Command) {
	o.sourceOptions.addFlags(c)
	f := c.Flags()
	f.StringVar(&o.name, "name", "", "a `name` of your own for the stack")
	f.StringVarP(&o.build, "build", "b", "", "build the connector in this `folder` first and use it")
	o.progress = addProgress(c)
}

func runStart(ctx context.Context, env *Env, o *startOptions, target string) error {
	client, err := env.Connect(ctx)
	if err != nil {
		return err
	}
	request, err := o.request(ctx, env, client, target)
	if err != nil {
		return err
	}
	if o.detach {
		job, err := client.Start(ctx, request)
		if err == nil {
			env.detached(job, job.Stack)
		}
		return err
	}
	job, err := o.launch(ctx, env, client, request)
	if job.Stack != "" && job.State == ferry.JobDone {
		fmt.Fprintln(env.Out, job.Stack)
	}
	return err
}

// request is all that the server has to know, the user's connector built.
func (o *startOptions) request(ctx context.Context, env *Env, client api.Ferry, target string) (api.StartRequest, error) {
	source, err := o.source(ctx, env, client, target)
	if err == nil && o.build != "" {
		err = o.buildConnector(ctx, env, client, &source)
	}
	return api.StartRequest{Source: source, Name: o.name, Retain: o.retain, Copy: o.copy}, err
}

// launch starts and follows, and says at the end what there is to see.
func (o *startOptions) launch(ctx context.Context, env *Env, client api.Ferry, r api.StartRequest) (ferry.Job, error) {
	w := watcher{env, client, o.progress}
	job, err := w.do(ctx, func(ctx context.Context) (ferry.Job, error) { return client.Start(ctx, r) })
	if err == nil && o.progress.value != progress.Quiet && o.progress.value != progress.JSON {
		env.whatNow(ctx, client, job.Stack)
	}
	return job, err
}

// whatNow names the web pages and the shell of a stack that just became ready.
func (e *Env) whatNow(ctx context.Context, client api.Ferry, stack string) {
	d, err := client.Inspect(ctx, stack)
	if err != nil {
		return // the stack runs all the same
	}
	for _, s := range d.Services {
		for _, page := range s.Web {
			e.say("%-12s %s", page.Name+":", page.URL)
		}
	}
	for _, s := range d.Services {
		if s.Class == ferry.Connector {
			e.say("%-12s ferry ssh %s", "shell:", d.ID)
			return
		}
	}
}

// detached prints what a command with --detach leaves behind.
func (e *Env) detached(job ferry.Job, what string) {
	fmt.Fprintln(e.Out, what)
	e.say("job %s goes on in the server; to follow it: ferry events %s", job.ID, job.ID)
}
