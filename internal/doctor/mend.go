package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	installing = 20 * time.Minute       // a slow line and a slow disk
	dockerdLog = "/var/log/dockerd.log" // of an engine that the user starts by hand
)

// remedy is the exact command for what Ferry could do as root, to be typed by a user.
func (d *Doctor) remedy(f finding) string {
	var lines []string
	if len(f.packages) > 0 {
		if !d.Machine.distribution().apt {
			return "install it with this system's package manager (Debian calls it " + strings.Join(f.packages, " ") + ")"
		}
		lines = append(lines, d.asRoot("apt-get update"), d.asRoot(strings.Join(install(f.packages), " ")))
	}
	switch {
	case f.start && d.Machine.systemd():
		lines = append(lines, d.asRoot("systemctl start docker"))
	case f.start:
		lines = append(lines, d.asRoot("sh -c 'setsid dockerd >"+dockerdLog+" 2>&1 </dev/null &'"))
	}
	if f.module != "" {
		lines = append(lines, d.asRoot("modprobe "+f.module))
	}
	if len(lines) == 0 {
		return ""
	}
	if d.Machine.Root {
		return "ferry doctor --fix, or: " + strings.Join(lines, " && ")
	}
	return strings.Join(lines, " && ")
}

func (d *Doctor) asRoot(command string) string {
	if d.Machine.Root {
		return command
	}
	return "sudo " + command
}

func install(packages []string) []string {
	return append([]string{"apt-get", "install", "-y", "--no-install-recommends"}, packages...)
}

// mender does what a doctor has found necessary, one step after the other.
type mender struct {
	*Doctor
	progress func(line string) error
	failures map[string]string // by check: why it could not be mended
}

// mend reports whether anything was tried. A step that fails is noted with its
// checks; the next one is tried all the same.
func (m *mender) mend(ctx context.Context, findings []finding) (tried bool, err error) {
	apt := m.Machine.distribution().apt
	ill := slices.DeleteFunc(slices.Clone(findings), func(f finding) bool {
		return f.OK || !f.mendable() || len(f.packages) > 0 && !apt
	})
	wrong := func(f finding) bool { return !f.OK }
	switch {
	case !slices.ContainsFunc(findings, wrong):
		return false, m.progress("nothing needs mending")
	case len(ill) == 0:
		return false, m.progress("there is nothing that Ferry could mend")
	case !m.Machine.Root:
		return false, m.progress("nothing is changed: that takes root; the hints are the commands to type")
	}
	for _, step := range []func(context.Context, []finding) error{m.installAll, m.startEngine, m.loadModules} {
		if err := step(ctx, ill); err != nil {
			return true, err
		}
		if err := ctx.Err(); err != nil {
			return true, err
		}
	}
	return true, nil
}

// failed notes why the checks that a step was for stay as they are.
func (m *mender) failed(ill []finding, concerned func(finding) bool, why error) {
	for _, f := range ill {
		if concerned(f) {
			m.failures[f.Name] = why.Error()
		}
	}
}

func (m *mender) installAll(ctx context.Context, ill []finding) error {
	var packages []string
	for _, f := range ill {
		packages = append(packages, f.packages...)
	}
	if len(packages) == 0 {
		return nil
	}
	names := strings.Join(packages, ", ")
	for _, step := range []struct {
		say     string
		command []string
	}{
		{"reading the list of packages: apt-get update", []string{"apt-get", "update"}},
		{"installing " + names + ": " + strings.Join(install(packages), " "), install(packages)},
	} {
		if err := m.progress(step.say); err != nil {
			return err
		}
		if err := m.apt(ctx, step.command); err != nil {
			m.failed(ill, func(f finding) bool { return len(f.packages) > 0 }, fmt.Errorf("installing %s did not work: %w", names, err))
			return nil
		}
	}
	return nil
}

// apt is not ended with ctx: half an installation is worse than a late answer.
func (m *mender) apt(ctx context.Context, command []string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), installing)
	defer cancel()
	return m.run(ctx, []string{"DEBIAN_FRONTEND=noninteractive"}, command...)
}

// run returns an error with the last lines of the output.
func (m *mender) run(ctx context.Context, env []string, command ...string) error {
	out, err := m.Machine.Commands.Run(ctx, append(env, "PATH="+searchPath), command...)
	if err != nil {
		return withEnd(fmt.Errorf("%s: %w", strings.Join(command, " "), err), out)
	}
	return nil
}

func withEnd(err error, output string) error {
	const most = 10
	lines := strings.Split(strings.TrimSpace(output), "\n")
	if len(lines) > most {
		lines = lines[len(lines)-most:]
	}
	if end := strings.Join(lines, "\n"); end != "" {
		return fmt.Errorf("%w\n%s", err, end)
	}
	return err
}

func (m *mender) loadModules(ctx context.Context, ill []finding) error {
	for _, f := range ill {
		if f.module == "" {
			continue
		}
		if err := m.progress("loading a kernel module: modprobe " + f.module); err != nil {
			return err
		}
		if err := m.run(ctx, nil, "modprobe", f.module); err != nil {
			m.failures[f.Name] = err.Error()
		}
	}
	return nil
}
