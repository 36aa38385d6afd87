package app

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/app/tree"
	"github.com/ferry-project/ferry/internal/personality"
)

// connectors decodes the connectors and unfolds those with several instances. The
// stack is every service of the backends, nil when some of them are not known.
func (d *decoder) connectors(p tree.Place, stack []ferry.Service) []ferry.Service {
	var out []ferry.Service
	seen := claims{d: d, names: map[string]string{}}
	for _, c := range d.list(p) {
		s, places := d.connector(c, stack)
		if len(out)+s.Instances > mostInstances {
			d.report(c, fmt.Sprintf("with it there are more than %d connectors", mostInstances), "")
			break
		}
		for i := range s.Instances {
			one := s
			one.Instances = 1
			if s.Instances > 1 && s.Name != "" {
				one.Name = s.Name + "-" + strconv.Itoa(i)
			}
			seen.name(places["name"], one)
			seen.ports(places["ports"], one)
			out = append(out, one)
		}
	}
	return out
}

func (d *decoder) connector(p tree.Place, stack []ferry.Service) (ferry.Service, map[string]tree.Place) {
	s := ferry.Service{Path: p.Path, Instances: 1}
	b, ok := d.block(p, connectorKeys, "personality")
	if !ok {
		return s, b
	}
	card, known := d.client(b["personality"], &s)
	s.Personality = card.Name
	s.Instances = d.count(b["instances"], card.MaxInstances)
	s.Name = d.hostName(b["name"], s.Instances)
	s.Ports = d.ports(b["ports"])
	d.common(b, []personality.Card{card}, &s)
	if known && stack != nil && !serves(card, stack) {
		d.report(b["personality"], fmt.Sprintf("%s has nothing here to connect to", card.Name), "it serves "+either(card.On))
	}
	return s, b
}

func serves(card personality.Card, stack []ferry.Service) bool {
	return len(card.On) == 0 || slices.ContainsFunc(stack, func(s ferry.Service) bool {
		return card.Stands(s.Personality) || slices.ContainsFunc(s.Layers, card.Stands)
	})
}

// client finds a connector's personality: one of Ferry's, or the one that an
// image of the user's own was built from.
func (d *decoder) client(p tree.Place, s *ferry.Service) (personality.Card, bool) {
	name := d.text(p)
	if _, ok := lookup(d.cards, name); ok || !strings.ContainsAny(name, "/:") {
		return d.card(p, ferry.Connector)
	}
	if d.image != nil {
		if client, ok := d.image(name); ok {
			s.Image = name
			return d.builtFrom(p, client)
		}
	}
	if strings.HasPrefix(name, "ferry/") {
		return d.card(p, ferry.Connector)
	}
	d.report(p, fmt.Sprintf("there is no connector image %s", tree.Quoted(name)),
		"build it with ferry start … -b DIR, where DIR holds its Dockerfile, FROM one of Ferry's clients")
	return personality.Card{}, false
}

func (d *decoder) builtFrom(p tree.Place, client string) (personality.Card, bool) {
	c, ok := lookup(d.cards, client)
	if !ok || c.Class != ferry.Connector {
		d.report(p, fmt.Sprintf("the image is built from %s, which is no client of this version of Ferry", tree.Quoted(client)),
			"build it again, FROM one of "+strings.Join(clientNames(d.cards), ", "))
		return personality.Card{}, false
	}
	return c, true
}

func clientNames(cards []personality.Card) []string {
	var out []string
	for _, c := range cards {
		if c.Class == ferry.Connector {
			out = append(out, c.Name)
		}
	}
	return out
}

const longestName = 63

var legalName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)

// hostName reads a connector's name, which becomes its host name.
func (d *decoder) hostName(p tree.Place, instances int) string {
	name := d.text(p)
	if name == "" {
		return ""
	}
	suffix := 0 // of the last of several
	if instances > 1 {
		suffix = len("-") + len(strconv.Itoa(instances-1))
	}
	switch {
	case !legalName.MatchString(name):
		d.report(p, fmt.Sprintf("%s cannot be a host name: lower-case letters, digits and hyphens only", tree.Quoted(name)),
			"did you mean "+legal(name, suffix)+"?")
	case len(name)+suffix > longestName:
		d.report(p, fmt.Sprintf("the name is longer than the %d characters of a host name", longestName),
			"such as "+legal(name, suffix))
	case name == "localhost":
		d.report(p, "localhost is every node's name for itself", "take another name")
	default:
		return name
	}
	return ""
}

var illegal = regexp.MustCompile(`[^a-z0-9]+`)

// legal returns the legal host name nearest to name, with room for a suffix.
func legal(name string, suffix int) string {
	name = illegal.ReplaceAllString(strings.ToLower(name), "-")
	name = name[:min(len(name), longestName-suffix)]
	if name = strings.Trim(name, "-"); name == "" {
		return "client"
	}
	return name
}

// claims are the names and host ports that connectors ask for.
type claims struct {
	d      *decoder
	names  map[string]string // name → path of who has it
	opened []claim
}

type claim struct {
	ferry.PortRequest
	who string
}

func (c *claims) name(p tree.Place, s ferry.Service) {
	if s.Name == "" {
		return
	}
	if who, ok := c.names[s.Name]; ok {
		c.d.report(p, fmt.Sprintf("the name %s is taken by %s", s.Name, who), "give each connector a name of its own")
		return
	}
	c.names[s.Name] = s.Path
}

func (c *claims) ports(p tree.Place, s ferry.Service) {
	who := s.Name
	if who == "" {
		who = s.Path
	}
	for i, r := range s.Ports {
		if r.Host == 0 {
			continue
		}
		if clash := slices.IndexFunc(c.opened, func(o claim) bool { return o.overlaps(r) }); clash >= 0 {
			c.d.report(p.Each()[i], fmt.Sprintf("host port %d is taken by %s", r.Host, c.opened[clash].who),
				fmt.Sprintf("write %d alone and Ferry picks a free host port", r.Container))
			continue
		}
		c.opened = append(c.opened, claim{PortRequest: r, who: who})
	}
}

func (c claim) overlaps(r ferry.PortRequest) bool {
	return c.Host == r.Host && (address(c.Address) == address(r.Address) || every(c.Address) || every(r.Address))
}

func address(a string) string {
	if a == "" {
		return "127.0.0.1"
	}
	return a
}

func every(a string) bool { return a == "0.0.0.0" || a == "::" }
