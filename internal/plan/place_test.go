package plan

import (
	"net/netip"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
)

func TestFreeSubnet(t *testing.T) {
	cases := map[string]struct {
		pool  string
		bits  int
		taken []string
		want  string
	}{
		"first":                    {"10.210.0.0/16", 26, nil, "10.210.0.0/26"},
		"next to one taken":        {"10.210.0.0/16", 26, []string{"10.210.0.0/26"}, "10.210.0.64/26"},
		"hole between":             {"10.210.0.0/16", 26, []string{"10.210.0.0/26", "10.210.0.128/26"}, "10.210.0.64/26"},
		"hole too small":           {"10.210.0.0/16", 25, []string{"10.210.0.0/26", "10.210.0.128/26"}, "10.210.1.0/25"},
		"within a larger taken":    {"10.210.0.0/16", 26, []string{"10.210.0.0/17"}, "10.210.128.0/26"},
		"pool inside a taken":      {"10.210.0.0/16", 26, []string{"10.0.0.0/8"}, ""},
		"full":                     {"10.210.0.0/24", 25, []string{"10.210.0.0/26", "10.210.0.128/26"}, ""},
		"larger than the pool":     {"10.210.0.0/24", 22, nil, ""},
		"the default route":        {"10.210.0.0/16", 26, []string{"0.0.0.0/0"}, "10.210.0.0/26"},
		"IPv6 and nonsense":        {"10.210.0.0/16", 26, []string{"fd00::/8", "x"}, "10.210.0.0/26"},
		"end of the address space": {"255.255.255.0/24", 24, []string{"255.255.255.0/24"}, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, ok := freeSubnet(netip.MustParsePrefix(c.pool), c.bits, parseAll(c.taken))
			if ok != (c.want != "") || ok && got.String() != c.want {
				t.Errorf("got %v %v, want %q", got, ok, c.want)
			}
		})
	}
}

func TestPrefixForHoldsTheNodes(t *testing.T) {
	for _, n := range []int{1, 5, 29, 30, 31, 100, 250, 1000, 5000} {
		room := 1 << (32 - prefixFor(n))
		if room < 2*n+3 {
			t.Errorf("%d nodes: /%d holds %d addresses", n, prefixFor(n), room)
		}
	}
}

func TestParsePoolRefusesNonsense(t *testing.T) {
	for _, text := range []string{"ten", "10.0.0.0", "fd00::/8", "10.0.0.0/33"} {
		if _, err := parsePool(text); err == nil {
			t.Errorf("pool %q was taken", text)
		}
	}
}

func TestMemoryIsSharedOut(t *testing.T) {
	const gib = 1 << 30
	two := func(asked int64) []*draft {
		return []*draft{{
			spec:     ferry.Service{Resources: ferry.Resources{Memory: asked}},
			shapes:   []personality.Shape{{MemoryMin: gib, Memory: 5 * gib}},
			machines: make([]personality.Machine, 1),
		}, {
			shapes:   []personality.Shape{{MemoryMin: gib, Memory: 3 * gib}},
			machines: make([]personality.Machine, 1),
		}}
	}
	cases := map[string]struct {
		asked, host   int64
		first, second int64 // 0: refused
	}{
		"plenty":           {0, 100 * gib, 5 * gib, 3 * gib},
		"half way":         {0, 625 * gib / 100, 3 * gib, 2 * gib},
		"least":            {0, 25 * gib / 10, gib, gib},
		"too little":       {0, 2 * gib, 0, 0},
		"asked for":        {4 * gib, 100 * gib, 4 * gib, 3 * gib},
		"asked and shared": {3 * gib, 625 * gib / 100, 3 * gib, 2 * gib},
		"asked too much":   {10 * gib, 10 * gib, 0, 0},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			drafts := two(c.asked)
			err := shareMemory(drafts, Input{Host: ferry.Host{Memory: c.host}})
			if (err != nil) != (c.first == 0) {
				t.Fatalf("got error %v", err)
			}
			if got := drafts[0].machines[0].Memory; got != c.first {
				t.Errorf("first got %s, want %s", size(got), size(c.first))
			}
			if got := drafts[1].machines[0].Memory; got != c.second {
				t.Errorf("second got %s, want %s", size(got), size(c.second))
			}
		})
	}
}
