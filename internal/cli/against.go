package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

// against runs a command on this machine with the stack in its environment.
func (e *Env) against(ctx context.Context, client api.Ferry, stack string, command []string) error {
	d, err := client.Inspect(ctx, stack)
	if err != nil {
		return err
	}
	var secrets folder
	defer secrets.remove()
	if d.Plan.Network.Private {
		e.say("the network of %s is private: this machine reaches its nodes by ferry exec, cp and ssh only", d.ID)
	}
	vars, err := hostEnv(ctx, client, d, &secrets)
	if err != nil {
		return err
	}
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	c.Stdin, c.Stdout, c.Stderr = e.In, e.Out, e.Err
	c.Dir = e.Dir
	c.Env = append(append([]string{}, e.Environ...), vars...)
	// Ctrl-C on a terminal reaches the command by itself; this is for a signal
	// that only Ferry got.
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	c.WaitDelay = 10 * time.Second
	err = c.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return errInterrupted
	case errors.As(err, &exit):
		return exited(exitStatus(exit.ProcessState))
	case err != nil:
		return ferry.Errorf(ferry.Failed, "run %s: %w", command[0], err)
	}
	return nil
}

// folder is for secrets: nobody else may look into it, and it is made for the first one
// only, as a command that is killed leaves it.
type folder struct{ path string }

// file returns a path in the folder.
func (f *folder) file(name string) (string, error) {
	var err error
	if f.path == "" {
		f.path, err = os.MkdirTemp("", "ferry-run-")
	}
	if err != nil {
		return "", fmt.Errorf("make a folder for the command's secrets: %w", err)
	}
	return filepath.Join(f.path, name), nil
}

func (f *folder) remove() {
	if f.path != "" {
		_ = os.RemoveAll(f.path)
	}
}

// exitStatus counts a signal as shells do.
func exitStatus(s *os.ProcessState) int {
	if w, ok := s.Sys().(syscall.WaitStatus); ok && w.Signaled() {
		return 128 + int(w.Signal())
	}
	return s.ExitCode()
}
