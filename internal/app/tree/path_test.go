package tree

import "testing"

func TestPutMakesWhatIsMissing(t *testing.T) {
	to := &Value{Text: "1", Tag: "!!str"}
	for _, path := range []string{"a", "a.b", "a[0].b", "a[0][0].b", "args.x.y", "config.f.x.y", `a["b.c"].d`} {
		root, err := Put(&Value{Kind: Mapping}, path, to)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if got := Find(root, path); got != to {
			t.Errorf("%s: found %+v", path, got)
		}
	}
	for _, path := range []string{"", "a[1]", "[0]", "a[", "a]", `a["b]`, "a..b", "a[-1]", "a[x]"} {
		root, err := Put(&Value{Kind: Mapping}, path, to)
		if err == nil && Find(root, path) != to {
			t.Errorf("%s: neither set nor refused: %+v", path, root)
		}
	}
}
