package secret

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/ferry-project/ferry"
)

var specs = []ferry.Secret{{Name: "db", Kind: ferry.Password}, {Name: "mpi-ssh", Kind: ferry.SSHKey}}

func generated(t *testing.T) Values {
	t.Helper()
	v, err := Generate(specs)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestGeneratePassword(t *testing.T) {
	a, b := generated(t)["db"], generated(t)["db"]
	if !regexp.MustCompile(`^[A-Za-z0-9_-]{24}$`).MatchString(a[Value]) {
		t.Errorf("password is %q, want 24 url-safe characters", a[Value])
	}
	if a[Value] == b[Value] {
		t.Error("two passwords are equal")
	}
}

func TestGenerateSSHKeyPairBelongsTogether(t *testing.T) {
	key := generated(t)["mpi-ssh"]
	signer, err := ssh.ParsePrivateKey([]byte(key[Private]))
	if err != nil {
		t.Fatalf("private part: %v", err)
	}
	public, comment, _, rest, err := ssh.ParseAuthorizedKey([]byte(key[Public]))
	if err != nil {
		t.Fatalf("public part: %v", err)
	}
	if !bytes.Equal(public.Marshal(), signer.PublicKey().Marshal()) {
		t.Error("the public part is not the private part's")
	}
	if comment != "" || len(rest) > 0 || strings.Contains(key[Public], "\n") {
		t.Errorf("public part is %q, want one line without comment", key[Public])
	}
	if public.Type() != ssh.KeyAlgoED25519 {
		t.Errorf("key type is %s", public.Type())
	}
}

func TestGenerateFaults(t *testing.T) {
	for name, specs := range map[string][]ferry.Secret{
		"unknown kind":        {{Name: "x", Kind: "rot13"}},
		"two kinds of a name": {{Name: "x", Kind: ferry.Password}, {Name: "x", Kind: ferry.SSHKey}},
	} {
		t.Run(name, func(t *testing.T) {
			if v, err := Generate(specs); err == nil {
				t.Errorf("got %v, want an error", v)
			}
		})
	}
}

func TestGenerateTakesOneNameTwiceAsOneSecret(t *testing.T) {
	v, err := Generate([]ferry.Secret{specs[0], specs[0]})
	if err != nil || len(v) != 1 {
		t.Errorf("got %v, %v", v, err)
	}
}

func TestMissing(t *testing.T) {
	v := generated(t)
	if got := v.Missing(specs); got != nil {
		t.Errorf("nothing is missing, got %v", got)
	}
	delete(v["mpi-ssh"], Private)
	added := ferry.Secret{Name: "new", Kind: ferry.Password}
	got := v.Missing(append(specs[:2:2], added))
	if want := []ferry.Secret{specs[1], added}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := Values(nil).Missing(specs); len(got) != 2 {
		t.Errorf("of nothing, got %v", got)
	}
}

func TestWithKeepsOldValues(t *testing.T) {
	old := generated(t)
	more, err := Generate(old.Missing(append(specs[:2:2], ferry.Secret{Name: "new", Kind: ferry.Password})))
	if err != nil {
		t.Fatal(err)
	}
	all := old.With(more)
	if len(all) != 3 || all["db"][Value] != old["db"][Value] || len(old) != 2 {
		t.Errorf("all = %v, old = %v", all, old)
	}
	if got := Values(nil).With(more); len(got) != 1 {
		t.Errorf("of nothing, got %v", got)
	}
}

func TestFill(t *testing.T) {
	v := Values{"db": {Value: "s3cret"}, "a.b": {Public: "pub"}}
	for name, c := range map[string]struct{ text, want, fault string }{
		"none":            {text: "plain ${other}", want: "plain ${other}"},
		"one":             {text: "pw=" + ferry.SecretRef("db", Value) + ";", want: "pw=s3cret;"},
		"two":             {text: ferry.SecretRef("db", Value) + ferry.SecretRef("a.b", Public), want: "s3cretpub"},
		"unknown name":    {text: ferry.SecretRef("no", Value), fault: "no.value"},
		"unknown part":    {text: ferry.SecretRef("db", Private), fault: "db.private"},
		"no part":         {text: "${ferry-secret:db}", fault: "no such secret"},
		"never closed":    {text: "${ferry-secret:db.value rest", fault: "no such secret"},
		"one of two good": {text: ferry.SecretRef("db", Value) + ferry.SecretRef("no", Value), fault: "no.value"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := v.Fill(c.text)
			if c.fault == "" && (err != nil || got != c.want) {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
			if c.fault != "" && (err == nil || got != "" || !strings.Contains(err.Error(), c.fault)) {
				t.Errorf("got %q, %v, want an error with %q", got, err, c.fault)
			}
			if err != nil && strings.Contains(err.Error(), "s3cret") {
				t.Errorf("the error tells a secret: %v", err)
			}
		})
	}
}

func TestFillMap(t *testing.T) {
	v := Values{"db": {Value: "s3cret"}}
	in := map[string]string{"PASSWORD": ferry.SecretRef("db", Value), "USER": "ferry"}
	got, err := v.FillMap(in)
	if err != nil || got["PASSWORD"] != "s3cret" || got["USER"] != "ferry" {
		t.Errorf("got %v, %v", got, err)
	}
	if in["PASSWORD"] == "s3cret" {
		t.Error("the plan's own map was filled")
	}
	if _, err := v.FillMap(map[string]string{"KEY": ferry.SecretRef("x", Value)}); err == nil || !strings.Contains(err.Error(), "KEY") {
		t.Errorf("got %v, want an error that names KEY", err)
	}
}

func TestRedact(t *testing.T) {
	v := generated(t)
	private := v["mpi-ssh"][Private]
	line := strings.Split(private, "\n")[2]
	for name, c := range map[string]struct{ text, want string }{
		"clean":         {"all is well", "all is well"},
		"password":      {"login " + v["db"][Value] + " refused", "login *** refused"},
		"whole key":     {"<" + private + ">", "<***>"},
		"a line of it":  {"cannot read " + line, "cannot read ***"},
		"public key":    {v["mpi-ssh"][Public], v["mpi-ssh"][Public]},
		"the PEM frame": {"-----BEGIN OPENSSH PRIVATE KEY-----", "-----BEGIN OPENSSH PRIVATE KEY-----"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := v.Redact(c.text); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	if got := (Values{"a": {Value: "abc"}, "b": {Value: "abcdef"}}).Redact("abcdef"); got != "***" {
		t.Errorf("the longer secret must go first, got %q", got)
	}
}

func TestNoPrintingShowsAValue(t *testing.T) {
	v := Values{"db": {Value: "s3cret"}}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secrets", v)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secrets", v)
	holder := struct{ Secrets Values }{v}
	text := fmt.Sprintf("%v %+v %#v %s %q %d %x %v %+v %#v", v, v, v, v, v, v, v, holder, holder, holder) + log.String()
	if strings.Contains(text, "s3cret") || strings.Contains(text, fmt.Sprintf("%x", "s3cret")) {
		t.Errorf("a value is shown: %s", text)
	}
	if !strings.Contains(text, "db=***") {
		t.Errorf("names are missing: %s", text)
	}
}

func TestRecordKeepsTheValues(t *testing.T) {
	v := generated(t)
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var back Values
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if back["db"][Value] != v["db"][Value] || back["mpi-ssh"][Private] != v["mpi-ssh"][Private] {
		t.Error("a record does not bring the values back")
	}
}

// A secret is one part of one string, whatever it is made of: an SSH key has lines.
func TestFillJSON(t *testing.T) {
	v := Values{"a": {Value: `x","admin":"`}, "b": {Private: "-----\nkey\n"}, "c": {Value: "<é>&"}}
	text, err := json.Marshal(map[string]string{
		"a": "before " + ferry.SecretRef("a", Value) + " after", "b": ferry.SecretRef("b", Private),
		"c": ferry.SecretRef("c", Value) + ferry.SecretRef("c", Value), "d": "none & <none>",
	})
	if err != nil {
		t.Fatal(err)
	}
	filled, err := v.FillJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]string
	if err := json.Unmarshal(filled, &got); err != nil {
		t.Fatalf("%v in %s", err, filled)
	}
	want := map[string]string{"a": `before x","admin":" after`, "b": "-----\nkey\n", "c": "<é>&<é>&", "d": "none & <none>"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if _, err := v.FillJSON([]byte(`["` + ferry.SecretRef("x", Value) + `"]`)); err == nil || !strings.Contains(err.Error(), "no such secret") {
		t.Errorf("an unknown secret: %v", err)
	}
}

// A password that a language has in quotes, as SQL and CQL have it, needs no escape.
func TestPasswordsHaveNoCharacterThatAnyQuotingKnows(t *testing.T) {
	for range 100 {
		value := generated(t)["db"][Value]
		if got := inJSON(value); got != value || strings.ContainsAny(value, "'\"`\\$%{}") {
			t.Fatalf("%q is %q in JSON", value, got)
		}
	}
}
