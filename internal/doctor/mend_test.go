package doctor

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ferry-project/ferry/internal/api"
)

const (
	update  = "apt-get update"
	all3    = "apt-get install -y --no-install-recommends docker.io iptables mmdebstrap"
	dockerd = "/usr/sbin/dockerd & >/root/.ferry/log/dockerd.log"
)

func TestMendTakesOnlyTheStepsThatAreNeeded(t *testing.T) {
	for _, c := range []struct {
		name  string
		world func() *world
		want  []string
	}{
		{"nothing", healthy, nil},
		{"everything, without systemd", func() *world { w := bare(); w.drop("dev/fuse"); return w }, []string{update, all3, dockerd, "modprobe fuse"}},
		{"everything, with systemd", func() *world { w := bare(); w.write("run/systemd/system/x", ""); return w }, []string{update, all3, "systemctl start docker"}},
		{
			"one package", func() *world { w := healthy(); w.drop("usr/sbin/iptables"); return w },
			[]string{update, "apt-get install -y --no-install-recommends iptables"},
		},
		{"only the start", func() *world { w := healthy(); w.engine = errDown; return w }, []string{dockerd}},
		{"a module", func() *world { w := healthy(); w.drop("dev/fuse"); return w }, []string{"modprobe fuse"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := c.world()
				w.slow = 3
				before, _ := run(t, w.doctor(true), false)
				after, told := run(t, w.doctor(true), true)
				if d := cmp.Diff(c.want, w.ran); d != "" {
					t.Error(d)
				}
				for i, got := range after {
					if len(c.want) > 0 && (!got.OK || got.Fixed == before[i].OK) {
						t.Errorf("before %+v, after %+v", before[i], got)
					}
				}
				if len(told) != max(len(c.want), 1) {
					t.Errorf("told %q for %q", told, w.ran)
				}
				ran := len(w.ran)
				if again, _ := run(t, w.doctor(true), true); len(w.ran) != ran || find(t, again, "engine").Fixed {
					t.Errorf("the second time ran %v", w.ran[ran:])
				}
			})
		})
	}
}

func TestMendSaysEachStepBeforeItIsTaken(t *testing.T) {
	w := bare()
	var story []string
	_, err := w.doctor(true).Run(t.Context(), true, func(line string) error {
		story = append(story, fmt.Sprintf("%d ran: %s", len(w.ran), line))
		return nil
	})
	want := []string{
		"0 ran: reading the list of packages: apt-get update",
		"1 ran: installing docker.io, iptables, mmdebstrap: " + all3,
		"2 ran: starting the engine in the background: /usr/sbin/dockerd (its log: /root/.ferry/log/dockerd.log)",
	}
	if d := cmp.Diff(want, story); d != "" || err != nil {
		t.Error(d, err)
	}
}

func TestMendTouchesNothing(t *testing.T) {
	for _, c := range []struct {
		name string
		root bool
		make func() *world
		told string
	}{
		{"without root", false, bare, "that takes root"},
		{"without apt", true, func() *world { w := bare(); w.drop("usr/bin/apt-get"); return w }, "nothing that Ferry could mend"},
		{"without permission for the engine", true, func() *world { w := healthy(); w.engine = errDenied; return w }, "nothing that Ferry could mend"},
		{"on a full disk", true, func() *world { w := healthy(); w.free["/"] = 0; return w }, "nothing that Ferry could mend"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := c.make()
			all, told := run(t, w.doctor(c.root), true)
			if len(w.ran) > 0 {
				t.Errorf("ran %v", w.ran)
			}
			if !strings.Contains(strings.Join(told, "\n"), c.told) {
				t.Errorf("told %q", told)
			}
			for _, got := range all {
				if got.Fixed || !got.OK && got.Hint == "" {
					t.Errorf("got %+v", got)
				}
			}
		})
	}
}

func TestMendThatFails(t *testing.T) {
	lines := strings.Repeat("chatter\n", 50) + "E: no space left"
	for _, c := range []struct {
		name string
		make func() *world
		want []string // in the engine's hint
		ran  int
		took time.Duration
	}{
		{
			"no list of packages", func() *world { w := bare(); w.broken[update] = lines; return w },
			[]string{"installing docker.io, iptables, mmdebstrap did not work", "apt-get update: exit status 100", "E: no space left"},
			1, 0,
		},
		{"no installation", func() *world { w := bare(); w.broken["apt-get install"] = lines; return w }, []string{"E: no space left"}, 2, 0},
		{"unit does not start", func() *world {
			w := healthy()
			w.engine = errDown
			w.write("run/systemd/system/x", "")
			w.broken["systemctl"] = "Job failed. See journalctl -xe"
			return w
		}, []string{"systemctl start docker: exit status 100", "journalctl"}, 1, 0},
		{
			"dockerd ends at once", func() *world {
				w := healthy()
				w.engine, w.dies, w.log = errDown, true, "a\nunable to find iptables\n"
				return w
			},
			[]string{"dockerd ended at once: exit status 1", "unable to find iptables"},
			1, 0,
		},
		{
			"dockerd never answers", func() *world { w := healthy(); w.engine, w.log = errDown, "loading…"; return w },
			[]string{"does not answer after 30s", "loading…"},
			1, 30 * time.Second,
		},
		{
			"a running dockerd never answers", func() *world { w := healthy(); w.engine = errDown; w.write("proc/77/stat", "77 (dockerd) S"); return w },
			[]string{"does not answer after 30s"},
			0, 30 * time.Second,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, before := c.make(), time.Now()
				all, _ := run(t, w.doctor(true), true)
				got := find(t, all, "engine")
				if got.OK || got.Fixed {
					t.Errorf("got %+v", got)
				}
				for _, part := range c.want {
					if !strings.Contains(got.Hint, part) {
						t.Errorf("hint %q, want %q in it", got.Hint, part)
					}
				}
				if strings.Count(got.Hint, "\n") > 10 {
					t.Errorf("the whole output is in the hint: %q", got.Hint)
				}
				if took := time.Since(before); took != c.took || len(w.ran) != c.ran {
					t.Errorf("took %v and ran %v, want %v and %d commands", took, w.ran, c.took, c.ran)
				}
			})
		})
	}
}

func TestOneFailureDoesNotStopTheOtherSteps(t *testing.T) {
	w := healthy()
	w.engine = errDown
	w.drop("usr/sbin/iptables", "dev/fuse")
	w.broken["apt-get"] = "E: offline"
	all, _ := run(t, w.doctor(true), true)
	want := map[string]bool{"engine": true, "fuse": true, "iptables": false}
	for name, ok := range want {
		if got := find(t, all, name); got.OK != ok || got.Fixed != ok {
			t.Errorf("got %+v", got)
		}
	}
	if hint := find(t, all, "iptables").Hint; !strings.Contains(hint, "E: offline") {
		t.Errorf("hint %q", hint)
	}
}

func TestMendEndsWithProgress(t *testing.T) {
	gone := errors.New("the client is gone")
	for after := range 4 {
		w := bare()
		w.drop("dev/fuse")
		said := 0
		all, err := w.doctor(true).Run(t.Context(), true, func(string) error {
			if said++; said > after {
				return gone
			}
			return nil
		})
		if !errors.Is(err, gone) || len(w.ran) != after {
			t.Errorf("after %d steps: %v, ran %v", after, err, w.ran)
		}
		_ = []api.Check(all)
	}
}

// A killed dockerd leaves its number behind, and the next one would refuse to
// start when another process has it now.
func TestStartDropsTheNumberOfAKilledEngine(t *testing.T) {
	w := healthy()
	w.engine = errDown
	w.write("var/run/docker.pid", "2422")
	run(t, w.doctor(true), true)
	if want := []string{"rm -f /var/run/docker.pid", dockerd}; !slices.Equal(w.ran, want) {
		t.Errorf("ran %q, want %q", w.ran, want)
	}
}
