package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ferry-project/ferry/internal/cli/show"
)

// choice is a flag with a fixed list of values; the first is the default.
type choice struct {
	value   string
	allowed []string
}

// String, Set and Type make it a pflag.Value.
func (c *choice) String() string { return c.value }

// Type is what stands behind the flag in --help.
func (c *choice) Type() string { return strings.Join(c.allowed, "|") }

// Set takes one of the allowed values.
func (c *choice) Set(s string) error {
	if !slices.Contains(c.allowed, s) {
		return fmt.Errorf("must be one of %s", strings.Join(c.allowed, ", "))
	}
	c.value = s
	return nil
}

// addChoice adds a flag that takes one of the values and completes them.
func addChoice(c *cobra.Command, name, short, usage string, values ...string) *choice {
	v := &choice{value: values[0], allowed: values}
	c.Flags().VarP(v, name, short, usage)
	complete := cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
	// It fails only for a flag that was not added the line before.
	_ = c.RegisterFlagCompletionFunc(name, complete)
	return v
}

// addOutput adds -o/--output for a listing.
func addOutput(c *cobra.Command) *choice {
	return addChoice(c, "output", "o", "how to print", show.Table, show.JSON, show.YAML)
}
