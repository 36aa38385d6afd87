package secret

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
)

// Values are the secrets of one stack: name → part → text. They marshal to JSON
// in full, for the stack's record; every other way of printing them shows names
// only. Reading is safe for many goroutines.
type Values map[string]map[string]string

const hidden = "***"

// Missing returns the specs that have no complete value yet, so that a resume
// generates only what a newer plan added.
func (v Values) Missing(specs []ferry.Secret) []ferry.Secret {
	var missing []ferry.Secret
	for _, s := range specs {
		if !v.complete(s) {
			missing = append(missing, s)
		}
	}
	return missing
}

func (v Values) complete(s ferry.Secret) bool {
	parts, known := v[s.Name]
	for _, part := range partsOf(s.Kind) {
		known = known && parts[part] != ""
	}
	return known
}

// With returns these values and more; of one name, more wins.
func (v Values) With(more Values) Values {
	all := maps.Clone(v)
	if all == nil {
		all = Values{}
	}
	maps.Copy(all, more)
	return all
}

// reference also matches a marker that is never closed, so that a typing error
// is reported instead of being written into a file. See ferry.SecretRef.
var reference = regexp.MustCompile(`\$\{ferry-secret:[^}\s]*\}?`)

// Fill replaces every ferry.SecretRef in text. It fails on a reference to what
// there is not, or to nothing at all.
func (v Values) Fill(text string) (string, error) {
	return v.fill(text, func(value string) string { return value })
}

// FillJSON replaces every ferry.SecretRef in the strings of a JSON text. Whatever a
// secret is made of, it becomes a part of its string and of nothing else.
func (v Values) FillJSON(text []byte) ([]byte, error) {
	filled, err := v.fill(string(text), inJSON)
	return []byte(filled), err
}

// inJSON is a value as it stands between the quotes of a JSON string.
func inJSON(value string) string {
	quoted, _ := json.Marshal(value) // a string always marshals
	return string(quoted[1 : len(quoted)-1])
}

func (v Values) fill(text string, written func(value string) string) (string, error) {
	var fault error
	filled := reference.ReplaceAllStringFunc(text, func(ref string) string {
		value, ok := v.lookup(ref)
		if !ok && fault == nil {
			fault = fmt.Errorf("fill %s: no such secret", ref)
		}
		return written(value)
	})
	if fault != nil {
		return "", fault
	}
	return filled, nil
}

// lookup finds the part a whole reference names. The part is what follows the last dot.
func (v Values) lookup(ref string) (string, bool) {
	name, part := parse(ref)
	value, ok := v[name][part]
	return value, ok
}

// parse splits a whole reference; both are "" when it is none.
func parse(ref string) (name, part string) {
	inner, closed := strings.CutSuffix(ref, "}")
	_, inner, _ = strings.Cut(inner, ":")
	dot := strings.LastIndexByte(inner, '.')
	if !closed || dot < 0 {
		return "", ""
	}
	return inner[:dot], inner[dot+1:]
}

// FillMap fills every value of m into a new map.
func (v Values) FillMap(m map[string]string) (map[string]string, error) {
	filled := make(map[string]string, len(m))
	for key, text := range m {
		value, err := v.Fill(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		filled[key] = value
	}
	return filled, nil
}

// Redact replaces every secret in text by "***". A secret of several lines is
// found line by line too, since logs and errors often hold only some of them.
// Public keys stay.
func (v Values) Redact(text string) string {
	for _, needle := range v.needles() {
		text = strings.ReplaceAll(text, needle, hidden)
	}
	return text
}

// needles are the texts to hide, long ones first: a short one may be part of a long one.
func (v Values) needles() []string {
	var all []string
	for _, parts := range v {
		for part, value := range parts {
			if part != Public && value != "" {
				all = append(append(all, value), lines(value)...)
			}
		}
	}
	slices.SortFunc(all, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b))
	})
	return all
}

// lines returns the telling lines of a text of several lines: not the frame of a PEM block.
func lines(value string) []string {
	var telling []string
	if !strings.Contains(value, "\n") {
		return nil
	}
	for line := range strings.Lines(value) {
		if line = strings.TrimSpace(line); len(line) >= 4 && !strings.HasPrefix(line, "-----") {
			telling = append(telling, line)
		}
	}
	return telling
}

// String names the secrets without their values.
func (v Values) String() string {
	names := slices.Sorted(maps.Keys(v))
	for i, name := range names {
		names[i] = name + "=" + hidden
	}
	return "secrets[" + strings.Join(names, " ") + "]"
}

// GoString is String: %#v must not show more than %v.
func (v Values) GoString() string { return v.String() }

// Format is String for every verb, %d and %x included.
func (v Values) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, v.String()) }

// LogValue is String, for slog.
func (v Values) LogValue() slog.Value { return slog.StringValue(v.String()) }
