package app_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/app"
)

const located = `backend:
  - storage:
      personality: gluster
      args: {layout: odd}
      config:
        core-site: {fs.defaultFS: x, fs: y}
    compute:
      - personality: mpi
      - &two {personality: mpi, layers: hive}
connectors:
  - personality: mpi-client
`

func TestLocate(t *testing.T) {
	d, err := app.Parse("x.yaml", []byte(located))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]struct{ line, column int }{
		"backend[0].storage.args.layout":                         {4, 22},
		"backend[0].storage.args.missing":                        {4, 13},
		"backend[0].storage.instances":                           {3, 7},
		"backend[0].storage":                                     {3, 7},
		"backend.storage.personality":                            {3, 20},
		"backend[0].storage.config.core-site.fs.defaultFS":       {6, 35},
		"backend[0].storage.config.core-site.fs":                 {6, 42},
		`backend[0].storage.config["core-site"]["fs.defaultFS"]`: {6, 35},
		"backend[0].compute[1].personality":                      {9, 28},
		"backend[0].compute[1].layers[0]":                        {9, 41},
		"backend[0].compute[7].personality":                      {8, 7},
		"connectors[0].name":                                     {11, 5},
		"nowhere":                                                {1, 1},
		"":                                                       {1, 1},
		"backend[0].storage.args.layout.deeper[3].and.deeper":    {4, 22},
		"backend[99999999999999999999]":                          {2, 5},
	} {
		got := d.Locate(ferry.Faults{{Path: path, Message: "m"}})
		var fs ferry.Faults
		if !errors.As(got, &fs) || len(fs) != 1 {
			t.Fatalf("%s: %v", path, got)
		}
		f := fs[0]
		if f.File != "x.yaml" || f.Line != want.line || f.Column != want.column || f.Path != path {
			t.Errorf("%s: %s:%d:%d, want %d:%d", path, f.File, f.Line, f.Column, want.line, want.column)
		}
	}
}

func TestLocateKeepsTheRest(t *testing.T) {
	d, err := app.Parse("x.yaml", []byte(valid))
	if err != nil {
		t.Fatal(err)
	}
	other := errors.New("other")
	if got := d.Locate(other); !errors.Is(got, other) {
		t.Errorf("%v", got)
	}
	if got := d.Locate(nil); got != nil {
		t.Errorf("%v", got)
	}
	done := ferry.Fault{Path: "backend", Message: "m", File: "--set"}
	if diff := cmp.Diff(ferry.Faults{done}, d.Locate(ferry.Faults{done})); diff != "" {
		t.Error(diff)
	}
	deep := fmt.Errorf("plan: %w", &ferry.Error{Code: ferry.Invalid, Message: "no", Faults: ferry.Faults{{Path: "backend"}}})
	var e *ferry.Error
	if got := d.Locate(deep); !errors.As(got, &e) || e.Message != "no" || e.Faults[0].Line != 2 {
		t.Errorf("%v %+v", got, e)
	}
	before := ferry.Faults{{Path: "backend"}}
	_ = d.Locate(before)
	if before[0].Line != 0 {
		t.Error("the caller's faults were changed")
	}
}
