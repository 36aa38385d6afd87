package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/secret"
)

func TestPackPutsFilesWhereFerryDoes(t *testing.T) {
	n := ferry.Node{NodeBlueprint: ferry.NodeBlueprint{Files: []ferry.File{
		{Path: "/service/conf/ssh/key", Owner: "ferry", Mode: 0o600, Content: ferry.SecretRef("k", "value")},
		{Path: "/service/conf/ssh/config", Owner: "ferry", Content: "Host *\n"},
		{Path: "/etc/ferry/hosts", Content: "127.0.0.1 localhost\n"},
	}}}
	packed, err := pack(n, secret.Values{"k": {"value": "hush"}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	r := tar.NewReader(bytes.NewReader(packed))
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		content, _ := io.ReadAll(r)
		got = append(got, fmt.Sprintf("%s %o %d %q", h.Name, h.Mode, h.Uid, content))
	}
	want := []string{
		`service/conf/ssh/key 600 1000 "hush"`,
		`service/conf/ssh/config 644 1000 "Host *\n"`,
		`etc/ferry/hosts 644 0 "127.0.0.1 localhost\n"`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}
