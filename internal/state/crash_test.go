package state_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/state"
)

// scribble, given as the first argument, makes the test program the process
// that TestNothingAcknowledgedIsLost kills.
const scribble = "scribble"

func TestMain(m *testing.M) {
	if len(os.Args) > 3 && os.Args[1] == scribble {
		fmt.Fprintln(os.Stderr, write(os.Args[2], os.Args[3]))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// write makes one record of each kind after the other and prints a line when
// they are acknowledged.
func write(path, life string) error {
	s, err := state.Open(path, time.Now)
	if err != nil {
		return err
	}
	for n := int64(1); ; n++ {
		if err := writeOne(s, life, n); err != nil {
			return err
		}
		fmt.Println(life, n)
	}
}

func writeOne(s *state.Store, life string, n int64) error {
	ctx, id := context.Background(), fmt.Sprintf("%s-%d", life, n)
	if err := s.Create(ctx, record("sa-"+id, "")); err != nil {
		return err
	}
	if err := s.BeginJob(ctx, ferry.Job{ID: "jo-" + id, Kind: ferry.StartJob, Stack: "sa-" + id}); err != nil {
		return err
	}
	last, err := s.LastSeq(ctx)
	if err != nil {
		return err
	}
	if err := s.AppendEvents(ctx, []ferry.Event{{Seq: last + 1, Job: "jo-" + id, Kind: ferry.Note}}); err != nil {
		return err
	}
	return s.Update(ctx, "sa-"+id, func(r *state.Record) error {
		r.Status = ferry.Running
		return nil
	})
}

func TestNothingAcknowledgedIsLost(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ferry.db")
	var acknowledged []string
	stop := time.Now().Add(3 * time.Second)
	for life := 0; life < 3 || time.Now().Before(stop); life++ {
		acknowledged = append(acknowledged, liveAndDie(t, path, life)...)
	}
	if len(acknowledged) == 0 {
		t.Fatal("nothing was written")
	}
	s, err := state.Open(path, clock())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, id := range acknowledged {
		lookFor(t, s, id)
	}
	checkFile(t, path)
	t.Logf("%d records acknowledged", len(acknowledged))
}

// liveAndDie kills a writer at a random moment after its first acknowledgement.
func liveAndDie(t *testing.T, path string, life int) (acknowledged []string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], scribble, path, fmt.Sprint(life))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var talk strings.Builder
	cmd.Stderr = &talk
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if len(acknowledged) == 0 {
			time.AfterFunc(rand.N(100*time.Millisecond), func() { cmd.Process.Kill() })
		}
		acknowledged = append(acknowledged, strings.ReplaceAll(lines.Text(), " ", "-"))
	}
	if err := cmd.Wait(); err == nil || talk.Len() > 0 {
		t.Fatalf("the writer ended by itself: %v: %s", err, talk.String())
	}
	return acknowledged
}

func lookFor(t *testing.T, s *state.Store, id string) {
	t.Helper()
	r, err := s.Find(t.Context(), "sa-"+id)
	if err != nil || r.Status != ferry.Running || r.Secrets["mpi-ssh"]["private"] != "hush" {
		t.Errorf("record %s: %v, %v", id, r.Status, err)
	}
	if _, err := s.Job(t.Context(), "jo-"+id); err != nil {
		t.Error(err)
	}
	if events, err := s.Events(t.Context(), "jo-"+id, 0, 2); len(events) != 1 {
		t.Errorf("%d events of %s: %v", len(events), id, err)
	}
}

func checkFile(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var verdict string
	if err := db.QueryRow("PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("integrity: %s %v", verdict, err)
	}
	rows, err := db.Query("PRAGMA foreign_key_check")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if rows.Next() {
		t.Error("a row refers to one that is not there")
	}
}
