package app

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/app/tree"
	"github.com/ferry-project/ferry/internal/personality"
	"github.com/ferry-project/ferry/internal/spell"
)

// The keys of a service block. Connectors have no layers, but names and ports.
var (
	serviceKeys   = []string{"personality", "instances", "layers", "args", "resources", "version", "config", "env"}
	connectorKeys = []string{"personality", "instances", "name", "args", "ports", "resources", "version", "config", "env"}
)

// service decodes a storage or a compute; ok reports whether its personality is known.
func (d *decoder) service(p tree.Place, class ferry.Class) (s ferry.Service, card personality.Card, ok bool) {
	s.Path = p.Path
	b, ok := d.block(p, serviceKeys, "personality")
	if !ok {
		return s, card, false
	}
	card, ok = d.card(b["personality"], class)
	s.Personality = card.Name
	s.Instances = d.count(b["instances"], card.MaxInstances)
	layers := d.layers(b["layers"], card)
	for _, l := range layers {
		s.Layers = append(s.Layers, l.Name)
	}
	d.common(b, append([]personality.Card{card}, layers...), &s)
	return s, card, ok
}

// common decodes what every service block may have. Its options are those of its
// personality and of its layers.
func (d *decoder) common(b map[string]tree.Place, cards []personality.Card, s *ferry.Service) {
	options := map[string]string{}
	config := map[string]string{}
	for _, c := range cards {
		maps.Copy(options, c.Args)
		maps.Copy(config, c.Config)
	}
	s.Args = d.args(b["args"], cards[0].Name, options)
	s.Config = d.config(b["config"], cards[0].Name, config)
	s.Env = d.env(b["env"])
	s.Version = d.text(b["version"])
	s.Resources = d.resources(b["resources"])
}

// card finds the personality named at p among those of a class.
func (d *decoder) card(p tree.Place, class ferry.Class) (personality.Card, bool) {
	name := d.text(p)
	if name == "" {
		return personality.Card{}, false
	}
	c, ok := lookup(d.cards, name)
	switch {
	case !ok:
		d.unknownName(p, name, class)
	case c.Class != class:
		d.report(p, fmt.Sprintf("%s is a %s, not a %s", name, c.Class, class), "it goes under "+section(c.Class))
		return personality.Card{}, false
	}
	return c, ok
}

func lookup(cards []personality.Card, name string) (personality.Card, bool) {
	i := slices.IndexFunc(cards, func(c personality.Card) bool { return c.Answers(name) })
	if i < 0 {
		return personality.Card{}, false
	}
	return cards[i], true
}

// section is where in the file a class stands.
func section(c ferry.Class) string {
	switch c {
	case ferry.Layer:
		return "layers of a storage or compute"
	case ferry.Connector:
		return "connectors"
	}
	return string(c)
}

func (d *decoder) unknownName(p tree.Place, name string, class ferry.Class) {
	message, hint := unknown(d.cards, name, class)
	d.report(p, message, hint)
}

func unknown(cards []personality.Card, name string, class ferry.Class) (message, hint string) {
	if why := refused(name); why != "" {
		return strings.TrimPrefix(name, "ferry/") + " is not available in this version of Ferry", why
	}
	if isHistoric(name) {
		return strings.TrimPrefix(name, "ferry/") + " is not available in this version of Ferry", offer(cards, class)
	}
	message = fmt.Sprintf("no personality is called %s", tree.Quoted(name))
	if near := spell.Nearest(strings.TrimPrefix(name, "ferry/"), names(cards, class)); near != "" {
		return message, "did you mean " + near + "?"
	}
	return message, offer(cards, class)
}

func offer(cards []personality.Card, class ferry.Class) string {
	var known []string
	for _, c := range cards {
		if c.Class == class {
			known = append(known, c.Name)
		}
	}
	if len(known) == 0 {
		return ""
	}
	return "there is " + strings.Join(known, ", ")
}

// names returns every name that the personalities of a class answer to, of all
// classes when class is empty.
func names(cards []personality.Card, class ferry.Class) []string {
	var out []string
	for _, c := range cards {
		if c.Class == class || class == "" {
			out = append(append(out, c.Name), c.Aliases...)
		}
	}
	return out
}

// layers decodes the add-ons of a service.
func (d *decoder) layers(p tree.Place, on personality.Card) []personality.Card {
	var out []personality.Card
	for _, l := range d.wordPlaces(p) {
		c, ok := d.card(l, ferry.Layer)
		switch {
		case !ok:
		case slices.ContainsFunc(out, func(o personality.Card) bool { return o.Name == c.Name }):
			d.report(l, c.Name+" is a layer twice", "remove one of the two")
		case on.Name != "" && !c.Stands(on.Name):
			d.report(l, fmt.Sprintf("%s cannot be a layer of %s", c.Name, on.Name), "it stands on "+either(c.On))
		default:
			out = append(out, c)
		}
	}
	return out
}

// args takes a mapping of plain values, or one plain word. Options are those
// known; with none every key is taken.
func (d *decoder) args(p tree.Place, name string, options map[string]string) map[string]string {
	if p = p.Present(); p.Value == nil || p.Kind == tree.Open || p.Blank() {
		return nil
	}
	if p.Kind == tree.Scalar {
		word := p.Text
		if len(options) > 0 && options[""] == "" && options[word] == "" {
			d.report(p, fmt.Sprintf("%s does not know the option %s", name, tree.Quoted(word)), optionHint(word, options))
		}
		return map[string]string{"": word}
	}
	return d.plain(p, func(key string) (string, string) {
		if _, ok := options[key]; ok || len(options) == 0 {
			return "", ""
		}
		return fmt.Sprintf("%s does not know the option %s", name, tree.Quoted(key)), optionHint(key, options)
	})
}

func optionHint(key string, options map[string]string) string {
	known := slices.DeleteFunc(slices.Sorted(maps.Keys(options)), func(k string) bool { return k == "" })
	if near := spell.Nearest(key, known); near != "" {
		return "did you mean " + near + "?"
	}
	return "it knows " + strings.Join(known, ", ")
}

// plain reads a mapping of plain values. The judge says what is wrong with a key.
func (d *decoder) plain(p tree.Place, judge func(key string) (message, hint string)) map[string]string {
	if !d.isMapping(p) || len(p.Pairs) == 0 {
		return nil
	}
	out := map[string]string{}
	for i, e := range p.Entries() {
		key := p.Pairs[i].Key
		if message, hint := judge(key); message != "" {
			d.reportAt(p.Pairs[i].Mark, ferry.Fault{Path: e.Path, Message: message, Hint: hint})
			continue
		}
		out[key] = ""
		if !e.Blank() || e.Null() { // written as "", it is meant
			out[key] = d.text(e)
		}
	}
	return out
}

// config reads files (or groups) of settings. Their text is kept as it was written.
func (d *decoder) config(p tree.Place, name string, known map[string]string) map[string]map[string]string {
	if p = p.Present(); p.Value == nil || !d.isMapping(p) || len(p.Pairs) == 0 {
		return nil
	}
	out := map[string]map[string]string{}
	for i, e := range p.Entries() {
		key := p.Pairs[i].Key
		if _, ok := known[key]; !ok && len(known) > 0 {
			d.reportAt(p.Pairs[i].Mark, ferry.Fault{
				Path: e.Path, Message: fmt.Sprintf("%s has no configuration called %s", name, tree.Quoted(key)), Hint: optionHint(key, known),
			})
			continue
		}
		if e = e.Present(); e.Value != nil {
			out[key] = d.plain(e, anyKey)
		}
	}
	return out
}

func anyKey(key string) (message, hint string) {
	if key == "" {
		return "a key is empty", ""
	}
	return "", ""
}

var envName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func (d *decoder) env(p tree.Place) map[string]string {
	if p = p.Present(); p.Value == nil {
		return nil
	}
	return d.plain(p, func(key string) (string, string) {
		if envName.MatchString(key) {
			return "", ""
		}
		return fmt.Sprintf("%s cannot be the name of an environment variable", tree.Quoted(key)), "letters, digits and _ only, no digit first"
	})
}
