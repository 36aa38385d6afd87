package cli

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/spell"
)

// newRoot is the whole command tree. started is called when a command line was
// understood and its command is about to run.
func newRoot(env *Env, started func()) *cobra.Command {
	root := &cobra.Command{
		Use:   "ferry",
		Short: "Starts big-data stacks on Docker",
		Long: "Ferry turns one short application file into a running big-data stack: storage,\n" +
			"compute and client containers, configured, wired together, proven ready.",
		Example:           "  ferry start hadoop\n  ferry ps\n  ferry ssh sa-1f3c\n  ferry rm sa-1f3c",
		SilenceErrors:     true,
		SilenceUsage:      true,
		DisableAutoGenTag: true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.SetIn(env.In)
	root.SetOut(env.Out)
	root.SetErr(env.Err)
	root.SetHelpTemplate(root.HelpTemplate() + "\n" + exitHelp())
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return ferry.Errorf(ferry.Invalid, "%w", err).WithHint("%s%s --help lists the options", nearestFlag(c, err), c.CommandPath())
	})
	addCommands(root, env)
	name := root.PersistentFlags().String("context", "", "use the engine of this Docker `context`")
	tellStart(root, func() {
		if *name != "" {
			env.UseContext(*name)
		}
		started()
	})
	return root
}

// nearestFlag asks whether another option was meant than the one that err says is
// not known.
func nearestFlag(c *cobra.Command, err error) string {
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return ""
	}
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
	return spell.Hint("--"+unknown.GetSpecifiedName(), names)
}

// tellStart calls started before every command, after all checks of cobra: the
// errors of these are the user's, those of a command are not.
func tellStart(c *cobra.Command, started func()) {
	if run := c.RunE; run != nil {
		c.RunE = func(c *cobra.Command, args []string) error {
			started()
			return run(c, args)
		}
	}
	for _, sub := range c.Commands() {
		tellStart(sub, started)
	}
}

// The groups of `ferry --help`.
const (
	groupStacks    = "stacks"
	groupSnapshots = "snapshots"
	groupInside    = "inside"
	groupLook      = "look"
	groupMachine   = "machine"
)

func addCommands(root *cobra.Command, env *Env) {
	add := func(id, title string, commands ...*cobra.Command) {
		root.AddGroup(&cobra.Group{ID: id, Title: title})
		for _, c := range commands {
			c.GroupID = id
			root.AddCommand(c)
		}
	}
	add(groupStacks, "Stacks:",
		newStartCommand(env), newRunCommand(env), newPsCommand(env), newInspectCommand(env),
		newScaleCommand(env), newApplyCommand(env), newDiffCommand(env), newTestCommand(env), newWaitCommand(env),
		newStopCommand(env), newRmCommand(env))
	add(groupSnapshots, "Snapshots and clones:",
		newSnapshotCommand(env), newSnapshotsCommand(env), newCloneCommand(env), newRevertCommand(env),
		newExportCommand(env), newImportCommand(env))
	add(groupInside, "Inside a stack:",
		newSSHCommand(env), newExecCommand(env), newCpCommand(env), newLogsCommand(env), newBundleCommand(env),
		newBrowseCommand(env), newOpenCommand(env), newForwardCommand(env),
		newEnvCommand(env), newHostsCommand(env))
	add(groupLook, "Applications and plans:",
		newAppsCommand(env), newPlanCommand(env), newSchemaCommand(env))
	add(groupMachine, "Machine and server:",
		newUICommand(env), newImagesCommand(env), newDoctorCommand(env), newEventsCommand(env), newCancelCommand(env),
		newAdoptCommand(env), newServerCommand(env), newQuitCommand(env), newVersionCommand(env),
		newCompletionCommand(env))
	help := newHelpCommand()
	help.GroupID = groupMachine
	root.SetHelpCommand(help)
	root.AddCommand(help)
}

// words checks the number of arguments and names what is missing.
func words(least, most int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		var err *ferry.Error
		switch {
		case len(args) < least:
			err = ferry.Errorf(ferry.Invalid, "%s needs %s", c.CommandPath(), what)
		case most >= 0 && len(args) > most:
			err = ferry.Errorf(ferry.Invalid, "%s does not take %q", c.CommandPath(), args[most])
		default:
			return nil
		}
		return err.WithHint("usage: %s", strings.TrimSpace(c.UseLine()))
	}
}

// many is "no upper bound" for words.
const many = -1
