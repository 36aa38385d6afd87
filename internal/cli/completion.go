package cli

import (
	"github.com/spf13/cobra"

	"github.com/ferry-project/ferry"
)

func newCompletionCommand(env *Env) *cobra.Command {
	return &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "Print the completion script of a shell",
		Long: "Print the script that teaches a shell to complete Ferry's commands, options, stacks,\n" +
			"nodes and applications.",
		Example: "  source <(ferry completion bash)\n" +
			"  ferry completion zsh > \"${fpath[1]}/_ferry\"\n" +
			"  ferry completion fish > ~/.config/fish/completions/ferry.fish",
		Args:      words(1, 1, "a shell: bash, zsh, fish or powershell"),
		ValidArgs: []string{"bash", "zsh", "fish", "powershell"},
		RunE:      func(c *cobra.Command, args []string) error { return runCompletion(c.Root(), env, args[0]) },
	}
}

func runCompletion(root *cobra.Command, env *Env, shell string) error {
	switch shell {
	case "bash":
		return root.GenBashCompletionV2(env.Out, true)
	case "zsh":
		return root.GenZshCompletion(env.Out)
	case "fish":
		return root.GenFishCompletion(env.Out, true)
	case "powershell":
		return root.GenPowerShellCompletionWithDesc(env.Out)
	}
	return ferry.Errorf(ferry.Invalid, "no completion for %q", shell).WithHint("there is bash, zsh, fish and powershell")
}
