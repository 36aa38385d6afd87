// Package bundle packs what there is to know of a stack into one file that may be handed to
// others: what was planned, what happened, what is waited for, what its nodes say, and none
// of its secrets.
package bundle

import (
	"archive/zip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
	"github.com/ferry-project/ferry/internal/lines"
	"github.com/ferry-project/ferry/internal/state"
)

// Packer implements api.Bundles.
type Packer struct{ from Sources }

// New makes a packer.
func New(from Sources) *Packer { return &Packer{from} }

// Sources are what a bundle is packed from.
type Sources struct {
	Stacks  Stacks
	Nodes   Nodes
	Events  Events
	Version func(ctx context.Context) (api.Version, error)
	Now     func() time.Time
}

// Stacks are looked at.
type Stacks interface {
	Find(ctx context.Context, ref string) (state.Record, error)
	Inspect(ctx context.Context, ref string) (api.Detail, error)
}

// Nodes have logs.
type Nodes interface {
	Logs(ctx context.Context, ref string, l api.LogsRequest, w io.Writer) error
}

// Events are read from the record.
type Events interface {
	Events(ctx context.Context, job string, after int64, limit int) ([]ferry.Event, error)
}

var _ api.Bundles = (*Packer)(nil)

// Bundle writes the file, a zip.
func (p *Packer) Bundle(ctx context.Context, ref string, w io.Writer) error {
	rec, err := p.from.Stacks.Find(ctx, ref)
	if err != nil {
		return err
	}
	d, err := p.from.Stacks.Inspect(ctx, rec.ID)
	if err != nil {
		return err
	}
	version, err := p.from.Version(ctx)
	if err != nil {
		return err
	}
	b := &packing{Sources: p.from, zip: zip.NewWriter(w), hide: newHider(&rec), folder: "ferry-" + rec.ID, rec: &rec}
	steps := []func(context.Context) error{
		func(context.Context) error { return b.text("about.txt", about(d, version, p.from.Now())) },
		func(context.Context) error { return b.data("stack.json", d.Stack) },
		func(context.Context) error { return b.data("plan.json", d.Plan) },
		b.configuration, b.events, b.logs,
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return fmt.Errorf("pack %s: %w", rec.ID, err)
		}
	}
	return b.zip.Close()
}

// packing is one bundle that is being made.
type packing struct {
	Sources
	zip    *zip.Writer
	hide   *hider
	folder string
	rec    *state.Record
}

// longest is where a line ends that a program does not end: what is longer is left out, as
// a secret could be cut in two.
const longest = 1 << 20

// file adds a file, whose lines show no secret.
func (b *packing) file(name string, write func(io.Writer) error) error {
	to, err := b.zip.CreateHeader(&zip.FileHeader{Name: path.Join(b.folder, name), Method: zip.Deflate, Modified: b.Now()})
	if err != nil {
		return err
	}
	out := &lines.Writer{Longest: longest, Each: func(line string) error {
		if len(line) >= longest {
			line = "[a line of more than 1 MiB is left out]"
		}
		_, err := io.WriteString(to, b.hide.line(line)+"\n")
		return err
	}}
	if err := write(out); err != nil {
		return err
	}
	return out.Flush()
}

func (b *packing) text(name, content string) error {
	return b.file(name, func(w io.Writer) error {
		_, err := io.WriteString(w, content)
		return err
	})
}

func (b *packing) data(name string, v any) error {
	return b.file(name, func(w io.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(v)
	})
}

// configuration are the files of the nodes, as they were planned.
func (b *packing) configuration(context.Context) error {
	for _, n := range b.rec.Wanted().Nodes {
		for _, f := range n.Files {
			if err := b.text(path.Join("files", n.Name, path.Clean("/"+f.Path)), f.Content); err != nil {
				return err
			}
		}
	}
	return nil
}

// logs: a node without one is no reason to go without the others'.
func (b *packing) logs(ctx context.Context) error {
	for _, n := range b.rec.Wanted().Nodes {
		err := b.file(path.Join("logs", n.Name+".log"), func(w io.Writer) error {
			err := b.Nodes.Logs(ctx, b.rec.ID, api.LogsRequest{Node: n.Name}, w)
			if err != nil && ctx.Err() == nil {
				_, err = fmt.Fprintf(w, "[no more of it: %v]\n", err)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// about is what a reader begins with.
func about(d api.Detail, v api.Version, now time.Time) string {
	var t strings.Builder
	fmt.Fprintf(&t, "%s, %s: %s\n", strings.TrimSpace(d.ID+" "+d.Name), d.Application, d.Status)
	for _, p := range d.Problems {
		fmt.Fprintf(&t, "problem: %s\n", p)
	}
	fmt.Fprintf(&t, "packed %s by Ferry %s (%s) on %s %s, API %s\n", now.UTC().Format(time.RFC3339), v.Ferry, v.Go, v.Engine, v.EngineVersion, v.EngineAPI)
	if v.EngineError != "" {
		fmt.Fprintf(&t, "the engine does not answer: %s\n", v.EngineError)
	}
	t.WriteString("\n")
	t.WriteString("stack.json     its services and nodes as they are\n" +
		"plan.json      as they are to be\n" +
		"waits.txt      what was waited for, with the last answer of each\n" +
		"events.jsonl   what happened\n" +
		"files/         the configuration of each node\n" +
		"logs/          what each node has said\n\n" +
		"Secrets of the stack are left out wherever they stood: [secret]. What its users wrote into logs or files is not.\n")
	return t.String()
}
