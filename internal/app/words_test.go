package app

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/app/tree"
)

func TestLegal(t *testing.T) {
	for name, want := range map[string]string{
		"My_Client!": "my-client", "ok": "ok", "--": "client", "Ünïcode": "n-code", "a.b.c": "a-b-c",
		strings.Repeat("a", 80): strings.Repeat("a", 63),
	} {
		got := legal(name, 0)
		if got != want || !legalName.MatchString(got) {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	if got := legal(strings.Repeat("a", 80), 3); len(got) != 60 {
		t.Errorf("no room for a suffix: %d", len(got))
	}
}

func TestPort(t *testing.T) {
	for text, want := range map[string]ferry.PortRequest{
		"80":                {Container: 80},
		"8080:80":           {Host: 8080, Container: 80},
		"127.0.0.1:8080:80": {Address: "127.0.0.1", Host: 8080, Container: 80},
		"localhost:8080:80": {Address: "127.0.0.1", Host: 8080, Container: 80},
		"0.0.0.0::80":       {Address: "0.0.0.0", Container: 80},
		":80":               {Container: 80},
		"[::1]:8080:80":     {Address: "::1", Host: 8080, Container: 80},
		"8080/tcp":          {Container: 8080},
		"9:65535/tcp":       {Host: 9, Container: 65535},
	} {
		got, wrong := port(text)
		if diff := cmp.Diff(want, got); diff != "" || wrong != "" {
			t.Errorf("%s: %s %s", text, wrong, diff)
		}
	}
	for _, text := range []string{"", "0", "65536", "080", "a", "1:2:3", "999.1.1.1:1:2", "80/sctp", "1-2", "-1", "80 ", "::1:80:80", "8080:"} {
		if got, wrong := port(text); wrong == "" {
			t.Errorf("%q is taken: %+v", text, got)
		}
	}
}

func TestMemory(t *testing.T) {
	for text, want := range map[string]int64{
		"2g": 2 << 30, "2G": 2 << 30, "2GB": 2 << 30, "2GiB": 2 << 30, "512MiB": 512 << 20, "512m": 512 << 20, "1.5g": 3 << 29,
		"1048576k": 1 << 30, "536870912": 512 << 20, "536870912b": 512 << 20, "1 g": 1 << 30, "1t": 1 << 40,
	} {
		d := decoder{doc: &Document{}}
		got := d.memory(tree.Place{Value: &tree.Value{Text: text, Tag: "!!str"}})
		if got != want || len(d.faults) > 0 {
			t.Errorf("%s: %d, want %d; %v", text, got, want, d.faults)
		}
	}
	for _, text := range []string{"g", "2x", "-2g", "1e9", "2  g", "2gg", "0", "5m", "99999999999999999999g", "١g"} {
		d := decoder{doc: &Document{}}
		if got := d.memory(tree.Place{Value: &tree.Value{Text: text, Tag: "!!str"}}); got != 0 || len(d.faults) != 1 {
			t.Errorf("%s: %d, %v", text, got, d.faults)
		}
	}
}

func TestNaturally(t *testing.T) {
	if naturally("a[2].b", "a[10].b") >= 0 || naturally("a[10]", "a[2]") <= 0 || naturally("a", "b") >= 0 || naturally("a[1]", "a[1]") != 0 {
		t.Error("wrong order")
	}
}
