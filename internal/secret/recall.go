package secret

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/ferry-project/ferry"
)

// Refers reports whether text has a reference to one of the specs.
func Refers(text string, specs []ferry.Secret) bool {
	for _, ref := range reference.FindAllString(text, -1) {
		name, _ := parse(ref)
		if slices.ContainsFunc(specs, func(s ferry.Secret) bool { return s.Name == name }) {
			return true
		}
	}
	return false
}

// Holds reports whether content, which others may have added to, still has every
// line of the template that refers to a secret, with these values in it.
func (v Values) Holds(template, content string) bool {
	for line := range strings.Lines(template) {
		if !reference.MatchString(line) {
			continue
		}
		filled, err := v.Fill(line)
		if err != nil || !strings.Contains(content, strings.TrimSpace(filled)) {
			return false
		}
	}
	return true
}

// Recall is the reverse of Fill: it reads from content, which was made of template
// and may have been added to since, the values of those specs that it holds whole.
// An SSH key is whole with its private part. What no generator could have made is
// passed over, for content is the word of a node.
func Recall(template, content string, specs []ferry.Secret) Values {
	parts := match(template, content)
	for line := range strings.Lines(template) {
		for written := range strings.Lines(content) {
			for ref, value := range match(strings.TrimSpace(line), strings.TrimSpace(written)) {
				if _, known := parts[ref]; !known {
					parts[ref] = value
				}
			}
		}
	}
	values := Values{}
	for _, s := range specs {
		if whole := restore(s, parts); whole != nil {
			values[s.Name] = whole
		}
	}
	return values
}

// match returns the text that stands in content where template has a reference.
func match(template, content string) map[string]string {
	parts := map[string]string{}
	refs := reference.FindAllString(template, -1)
	if len(refs) == 0 {
		return parts
	}
	var pattern strings.Builder
	for i, literal := range reference.Split(template, -1) {
		if i > 0 {
			pattern.WriteString("(.+?)")
		}
		pattern.WriteString(regexp.QuoteMeta(literal))
	}
	found := regexp.MustCompile(`(?s)\A` + pattern.String() + `\z`).FindStringSubmatch(content)
	for i := range found {
		if i > 0 {
			parts[refs[i-1]] = found[i]
		}
	}
	return parts
}

var passwordPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{24}$`)

// restore makes a secret whole of the parts that were found, or returns nil.
func restore(s ferry.Secret, parts map[string]string) map[string]string {
	switch s.Kind {
	case ferry.Password:
		if value := parts[ferry.SecretRef(s.Name, Value)]; passwordPattern.MatchString(value) {
			return map[string]string{Value: value}
		}
	case ferry.SSHKey:
		private := parts[ferry.SecretRef(s.Name, Private)]
		key, err := ssh.ParsePrivateKey([]byte(private))
		if err == nil && key.PublicKey().Type() == ssh.KeyAlgoED25519 {
			return map[string]string{Private: private, Public: publicLine(key.PublicKey())}
		}
	}
	return nil
}

// publicLine is a key as authorized_keys has it, without comment and newline.
func publicLine(key ssh.PublicKey) string {
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
}
