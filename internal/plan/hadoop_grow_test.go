package plan_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/plan"
)

// resized are the plans of an application with some workers, and with others.
func resized(t *testing.T, a func(n int) ferry.Application, had, has int) (p, q ferry.Plan) {
	t.Helper()
	p = next(t, nil, hadoopInput(a(had)))
	return p, next(t, &p, hadoopInput(a(has)))
}

func moved(t *testing.T, p, q *ferry.Plan) []ferry.Op {
	t.Helper()
	return change(t, plan.Past{Plan: p, Formed: formed(p).Formed}, plan.Goal{Plan: q}, up(p))
}

func TestHadoopMovesGolden(t *testing.T) {
	plain := func(n int) ferry.Application { return hadoop(n, nil) }
	p, q := resized(t, plain, 2, 3)
	golden(t, "change-a-worker-more.txt", opsText(moved(t, &p, &q)))
	golden(t, "change-a-worker-less.txt", opsText(moved(t, &q, &p)))
}

// However many workers come or go, nothing that stays is started again: what followed
// from their number at first follows from nothing now.
func TestWorkersComeAndGoWhileAllElseRuns(t *testing.T) {
	computes := func(n int) ferry.Application {
		a := withHive(yarnOn("hadoop"))
		a.Backends[0].Compute[0].Instances = n
		return a
	}
	onGluster := func(n int) ferry.Application {
		a := yarnOn("gluster")
		a.Backends[0].Compute[0].Instances = n
		return a
	}
	single := func(n int) ferry.Application {
		return withHive(hadoop(n, func(s *ferry.Service) { s.Args = map[string]string{"replication": "1", "layout": "split"} }))
	}
	for name, c := range map[string]struct {
		app      func(int) ferry.Application
		had, has int
	}{
		"one more":              {func(n int) ferry.Application { return hadoop(n, nil) }, 2, 3},
		"from one":              {func(n int) ferry.Application { return withHive(hadoop(n, nil)) }, 1, 5},
		"computes":              {computes, 1, 3},
		"computes leave":        {computes, 3, 1},
		"computes on Gluster":   {onGluster, 2, 4},
		"two of three leave":    {single, 3, 1},
		"to where it came from": {single, 1, 2},
	} {
		t.Run(name, func(t *testing.T) {
			p, q := resized(t, c.app, c.had, c.has)
			for _, o := range moved(t, &p, &q) {
				_, had := p.Node(o.Node)
				_, has := q.Node(o.Node)
				if had && has && slices.Contains([]ferry.Verb{ferry.StopNode, ferry.StartNode, ferry.PutFiles, ferry.CreateNode, ferry.RemoveNode}, o.Do) {
					t.Errorf("%s: %s", o.ID, o.Why)
				}
			}
			back := next(t, &q, hadoopInput(c.app(c.had)))
			if c.had < c.has {
				for _, n := range back.Nodes {
					if old, _ := p.Node(n.Name); lacksFile(old, n) {
						t.Errorf("%s has other files when all is as it was", n.Name)
					}
				}
			}
		})
	}
}

// A worker that joins a full host has less for jobs than the others, which keep what
// they have.
func TestWorkersOfAFullHost(t *testing.T) {
	in := hadoopInput(hadoop(2, nil))
	in.Host.Memory = 12 << 30
	p := next(t, nil, in)
	in.Application = hadoop(3, nil)
	q := next(t, &p, in)
	last, _ := q.Node("hadoop3")
	first, _ := q.Node("hadoop1")
	if last.Resources.Memory >= first.Resources.Memory {
		t.Fatalf("the host is not full: %d, %d", first.Resources.Memory, last.Resources.Memory)
	}
	jobs := func(n ferry.Node) string {
		for _, f := range n.Files {
			if _, rest, ok := strings.Cut(f.Content, "yarn.nodemanager.resource.memory-mb</name><value>"); ok {
				value, _, _ := strings.Cut(rest, "<")
				return value
			}
		}
		return ""
	}
	if jobs(last) >= jobs(first) || len(jobs(last)) != 4 {
		t.Errorf("for jobs: %s and %s MiB", jobs(first), jobs(last))
	}
	for _, o := range moved(t, &p, &q) {
		if o.Do == ferry.StopNode {
			t.Errorf("%s: %s", o.ID, o.Why)
		}
	}
}

func TestHadoopRefusesToHoldFewerCopies(t *testing.T) {
	p := next(t, nil, hadoopInput(hadoop(3, nil)))
	_, err := plan.Next(&p, hadoopInput(hadoop(2, nil)))
	faults, _ := errors.AsType[ferry.Faults](err)
	if len(faults) != 1 || faults[0].Path != "backend[0].storage.instances" || !strings.Contains(faults[0].Message, "2 workers cannot hold the 3 copies") {
		t.Errorf("got %v", err)
	}
	fewer := hadoop(2, func(s *ferry.Service) { s.Args = map[string]string{"replication": "2"} })
	if _, err := plan.Next(&p, hadoopInput(fewer)); err != nil {
		t.Errorf("with two copies asked for: %v", err)
	}
}
