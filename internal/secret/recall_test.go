package secret

import (
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
)

func TestRecall(t *testing.T) {
	v := generated(t)
	db, private, public := ferry.SecretRef("db", Value), ferry.SecretRef("mpi-ssh", Private), ferry.SecretRef("mpi-ssh", Public)
	fill := func(text string) string {
		filled, err := v.Fill(text)
		if err != nil {
			t.Fatal(err)
		}
		return filled
	}
	settings := "<a>1.5</a>\n<value>" + db + "</value>\n<b/>\n"
	for name, c := range map[string]struct {
		template, content string
		want              string // the secret that is found
	}{
		"a password alone":        {db, fill(db), "db"},
		"within a file":           {settings, fill(settings), "db"},
		"a file that was edited":  {settings, "<!-- mine -->\n" + strings.Replace(fill(settings), "<b/>", "<c/>", 1), "db"},
		"literals are no pattern": {settings, strings.Replace(fill(settings), "1.5", "1x5", 1), "db"},
		"a key":                   {private, fill(private), "mpi-ssh"},
		"a public part is no key": {public + "\n", fill(public + "\n"), ""},
		"a line that was removed": {settings, "<a>1.5</a>\n", ""},
		"another's password":      {"x=" + db, "x=' OR 1=1; DROP TABLE x --", ""},
		"not what was generated":  {db, "short", ""},
		"no key at all":           {private, "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n", ""},
		"empty":                   {db, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := Recall(c.template, c.content, specs)
			for _, s := range specs {
				if (s.Name == c.want) != got.complete(s) {
					t.Errorf("found %v, want %q", got, c.want)
				}
			}
			if c.want != "" && got[c.want][Value]+got[c.want][Private]+got[c.want][Public] != v[c.want][Value]+v[c.want][Private]+v[c.want][Public] {
				t.Error("it is not what was written")
			}
		})
	}
}

func TestHolds(t *testing.T) {
	v, other := generated(t), generated(t)
	template := "Host x\n[x]:22 " + ferry.SecretRef("mpi-ssh", Public) + "\n"
	filled, err := v.Fill(template)
	if err != nil {
		t.Fatal(err)
	}
	if !v.Holds(template, filled) || !v.Holds(template, "# mine\n"+filled+"[y]:22 ssh-rsa AAAA\n") {
		t.Error("what was added is taken for a change")
	}
	if other.Holds(template, filled) || v.Holds(template, "") || (Values{}).Holds(template, filled) {
		t.Error("another value is taken for this one")
	}
	if !Refers(template, specs) || Refers(template, specs[:1]) || Refers("plain", specs) {
		t.Error("Refers does not look at the name")
	}
}
