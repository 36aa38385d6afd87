package stack

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/transfer"
)

func (w *world) transfer(s *server) *transfer.Transfer {
	return &transfer.Transfer{Engine: w.engine, Records: s.records, Planner: s.Planner, Keeper: s.Keeper, HomeLabel: s.Inventory.HomeLabel, FerryVersion: "test"}
}

func quiet(string) error { return nil }

// exported is a snapshot of a stack with one file, as a file.
func (w *world) exported(s *server, r api.ExportRequest) (stack, snapshot string, file []byte) {
	w.t.Helper()
	stack, snapshot = w.saved(s)
	out, err := w.transfer(s).Export(ctx, snapshot, r)
	if err == nil {
		file, err = io.ReadAll(out)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return stack, snapshot, file
}

// A snapshot that has travelled begins a stack as the one that stayed does.
func TestSnapshotTravels(t *testing.T) {
	home, elsewhere := newWorld(t), newWorld(t)
	s := home.boot()
	stack, _, file := home.exported(s, api.ExportRequest{})
	secrets := func(w *server, id string) string {
		rec, err := w.records.Find(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		return rec.Secrets["mpi-ssh"]["private"] + rec.Secrets["ssh"]["private"]
	}
	there := elsewhere.boot()
	done, err := elsewhere.transfer(there).Import(ctx, api.ImportRequest{Name: "mine"}, bytes.NewReader(file), quiet)
	if err != nil {
		t.Fatal(err)
	}
	n := done.Snapshot
	if n.Stack != stack || n.From == "" || n.State != ferry.SnapshotGood || n.Bytes() == 0 || len(done.Renewed) == 0 || len(n.Images) > 0 {
		t.Errorf("it came as %+v, with new %v", n, done.Renewed)
	}
	copied := there.done(there.Start(ctx, request("mine"))).Stack
	if got := elsewhere.reads(copied); got != "one" {
		t.Errorf("the new stack holds %q", got)
	}
	if old, young := secrets(s, stack), secrets(there, copied); old == young && old != "" {
		t.Error("a secret travelled unasked")
	}
	there.done(there.Remove(ctx, copied, true))
	if err := there.RemoveSnapshot(ctx, "mine"); err != nil {
		t.Error(err)
	}
	if left := elsewhere.engine.Left(); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// Secrets travel when that is asked for, and then none is made again.
func TestSecretsTravelWhenAsked(t *testing.T) {
	w := newWorld(t)
	s := w.boot()
	stack, _, file := w.exported(s, api.ExportRequest{Secrets: true})
	done, err := w.transfer(s).Import(ctx, api.ImportRequest{}, bytes.NewReader(file), quiet)
	if err != nil || len(done.Renewed) > 0 {
		t.Fatalf("made anew: %v, %v", done.Renewed, err)
	}
	rec, _ := s.records.Find(ctx, stack)
	n, err := s.records.FindSnapshot(ctx, done.Snapshot.ID)
	if err != nil || len(n.Secrets) == 0 || len(n.Secrets) != len(rec.Secrets) {
		t.Errorf("%d secrets of %d came, %v", len(n.Secrets), len(rec.Secrets), err)
	}
}

// Whatever fails while a snapshot comes in, nothing of it is left.
func TestNothingHalfImported(t *testing.T) {
	w := newWorld(t)
	s := w.boot()
	_, _, file := w.exported(s, api.ExportRequest{})
	before := w.engine.Left()
	for name, c := range map[string]struct {
		file io.Reader
		call string
		ask  api.ImportRequest
		says string
	}{
		"cut off":               {bytes.NewReader(file[:len(file)-3000]), "", api.ImportRequest{}, "cut off"},
		"not readable":          {io.MultiReader(bytes.NewReader(file[:len(file)-3000]), broken{}), "", api.ImportRequest{}, "broken"},
		"no archive":            {strings.NewReader("hello"), "", api.ImportRequest{}, "no OCI layout"},
		"a name that is taken":  {bytes.NewReader(file), "", api.ImportRequest{Name: "first"}, "is taken"},
		"a bad name":            {bytes.NewReader(file), "", api.ImportRequest{Name: "a b"}, "is no name"},
		"no room for a volume":  {bytes.NewReader(file), "create-volume", api.ImportRequest{}, "no space left"},
		"no room for content":   {bytes.NewReader(file), "unpack-volume", api.ImportRequest{}, "no space left"},
		"no sum can be made":    {bytes.NewReader(file), "sum-volume", api.ImportRequest{}, "no space left"},
		"the engine is no help": {bytes.NewReader(file), "open-copy", api.ImportRequest{}, "no space left"},
	} {
		w.engine.Fail = func(call, _ string) error {
			if call == c.call {
				return errors.New("no space left on device")
			}
			return nil
		}
		_, err := w.transfer(s).Import(ctx, c.ask, c.file, quiet)
		w.engine.Fail = nil
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
		if all, _ := s.records.Snapshots(ctx); len(all) != 1 || strings.Join(w.engine.Left(), " ") != strings.Join(before, " ") {
			t.Errorf("%s: %d snapshots, and on the engine %v", name, len(all), w.engine.Left())
		}
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("broken") }

// A server that was killed while a snapshot came in: the next one takes it back.
func TestKilledImport(t *testing.T) {
	w := newWorld(t)
	s := w.boot()
	_, _, file := w.exported(s, api.ExportRequest{})
	before := w.engine.Left()
	calls := len(w.engine.Calls())
	if _, err := w.transfer(s).Import(ctx, api.ImportRequest{}, bytes.NewReader(file), quiet); err != nil {
		t.Fatal(err)
	}
	most := len(w.engine.Calls()) - calls
	for at := 1; at <= most; at++ {
		w.engine.CrashAt(at, at%2 == 0)
		_, err := w.transfer(s).Import(ctx, api.ImportRequest{}, bytes.NewReader(file), quiet)
		w.engine.CrashAt(0, false)
		if err == nil {
			t.Fatalf("call %d of %d was never made", at, most)
		}
		if err := w.transfer(s).DropIncoming(ctx); err != nil {
			t.Fatal(err)
		}
		if all, _ := s.records.Snapshots(ctx); len(all) != 2 {
			t.Fatalf("killed at call %d: %d snapshots", at, len(all))
		}
	}
	all, _ := s.records.Snapshots(ctx)
	for _, n := range all {
		if n.From == "" {
			continue
		}
		if err := s.RemoveSnapshot(ctx, n.ID); err != nil {
			t.Fatal(err)
		}
	}
	if left := w.engine.Left(); strings.Join(left, " ") != strings.Join(before, " ") {
		t.Errorf("left: %v", left)
	}
}

// A snapshot that is not what was saved does not travel.
func TestExportsThatCannotBe(t *testing.T) {
	w := newWorld(t)
	s := w.boot()
	_, snapshot := w.saved(s)
	n, _ := s.InspectSnapshot(ctx, snapshot)
	_, err := w.transfer(s).Export(ctx, "sn-none", api.ExportRequest{})
	demand(t, err, ferry.NotFound, "sn-none")
	if err := w.engine.RemoveVolume(ctx, n.Volumes[0].Volume); err != nil {
		t.Fatal(err)
	}
	_, err = w.transfer(s).Export(ctx, snapshot, api.ExportRequest{})
	demand(t, err, ferry.Failed, "not whole any more")
	w.engine.Facts.Features.Copy = false
	_, err = w.transfer(s).Export(ctx, snapshot, api.ExportRequest{})
	demand(t, err, ferry.Invalid, "cannot copy volumes")
}
