package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
)

// Listing is what listings and the planning of other stacks need of a stack's plan. It is
// stored with the plan, in one transaction: a listing of a thousand stacks decodes
// none of their plans.
type Listing struct {
	Services []ferry.ServiceView `json:"services"` // without their nodes
	Nodes    ListedNodes         `json:"nodes"`
	Images   []string            `json:"images"` // as the engine knows them, each once
	// Subnets and Ports are what no other stack may have: those of the plan that is
	// wanted, too.
	Subnets []string `json:"subnets"`
	Ports   []int    `json:"ports,omitempty"` // published on the host
}

// ListedNode is a node by the name users know and the one the engine knows.
type ListedNode struct{ Name, Container string }

// ListedNodes are stored as one text, "a=container-of-a b=container-of-b": as objects
// they would be most of what a listing decodes.
type ListedNodes []ListedNode

// MarshalText implements encoding.TextMarshaler.
func (l ListedNodes) MarshalText() ([]byte, error) {
	words := make([]string, len(l))
	for i, n := range l {
		words[i] = n.Name + "=" + n.Container
	}
	return []byte(strings.Join(words, " ")), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *ListedNodes) UnmarshalText(text []byte) error {
	rest := string(text)
	*l = make(ListedNodes, 0, strings.Count(rest, "="))
	for word := range strings.FieldsSeq(rest) {
		name, container, ok := strings.Cut(word, "=")
		if !ok {
			return fmt.Errorf("%q is not a node and its container", word)
		}
		*l = append(*l, ListedNode{Name: name, Container: container})
	}
	return nil
}

// Listed is a stack as its record has it, its services in the listing; it says nothing of
// the nodes' states.
type Listed struct {
	ferry.Stack
	Listing Listing
}

// ListingOf returns the listing of a plan.
func ListingOf(p *ferry.Plan) Listing { return listingOf(p, nil) }

func listingOf(p, next *ferry.Plan) Listing {
	var l Listing
	for _, s := range p.Services {
		l.Services = append(l.Services, ferry.ServiceView{
			ID: s.ID, Class: s.Class, Personality: s.Spec.Personality, Name: s.Spec.Name, Parent: s.Parent,
			Count: len(s.Nodes), Web: webLinks(p, s),
		})
	}
	for _, n := range p.Nodes {
		l.Nodes = append(l.Nodes, ListedNode{Name: n.Name, Container: n.Container})
		l.Images = append(l.Images, n.Ref)
	}
	slices.Sort(l.Images)
	l.Images = slices.Compact(l.Images)
	l.claim(p)
	if next != nil {
		l.claim(next)
	}
	return l
}

// claim adds the subnet and the ports of a plan.
func (l *Listing) claim(p *ferry.Plan) {
	if s := p.Network.Subnet; s != "" && !slices.Contains(l.Subnets, s) {
		l.Subnets = append(l.Subnets, s)
	}
	for _, n := range p.Nodes {
		for _, port := range n.Ports {
			if port.Host > 0 && !slices.Contains(l.Ports, port.Host) {
				l.Ports = append(l.Ports, port.Host)
			}
		}
	}
}

func webLinks(p *ferry.Plan, s ferry.Planned) []ferry.WebLink {
	var links []ferry.WebLink
	for _, w := range s.Web {
		n, _ := p.Node(w.Node)
		for _, port := range n.Ports {
			if port.Container == w.Port && port.Host > 0 {
				links = append(links, ferry.WebLink{Name: w.Name, URL: "http://" + port.Reach() + w.Path})
			}
		}
	}
	return links
}

// List returns every stack, the oldest first. It reads no plan. A listing that cannot
// be read is a problem of its stack, not an error.
func (s *Store) List(ctx context.Context) ([]Listed, error) {
	all, err := collect(ctx, s.read, scanListed, `SELECT `+stackColumns+`, listing FROM stacks ORDER BY created, id`)
	if err != nil {
		return nil, fmt.Errorf("list stacks: %w", err)
	}
	return all, nil
}

func scanListed(row scanner) (l Listed, err error) {
	var created, changed int64
	var listing []byte
	if err := row.Scan(&l.ID, &l.Name, &l.Application, &l.Status, &l.Job, &created, &changed, &listing); err != nil {
		return l, err
	}
	l.Created, l.Changed = moment(created), moment(changed)
	if err := json.Unmarshal(listing, &l.Listing); err != nil {
		l.Problems = []string{fmt.Sprintf("its record is damaged: read its listing: %v", err)}
	}
	return l, nil
}

// IDs returns the ids of all stacks.
func (s *Store) IDs(ctx context.Context) ([]string, error) {
	ids, err := collect(ctx, s.read, scanText, `SELECT id FROM stacks`)
	if err != nil {
		return nil, fmt.Errorf("list the ids of stacks: %w", err)
	}
	return ids, nil
}

func scanText(row scanner) (text string, err error) {
	err = row.Scan(&text)
	return text, err
}

// relist fills in the listings that a migration has left empty. Of a plan that cannot
// be read none is made: the stack is listed with its problem.
func (s *Store) relist(ctx context.Context) error {
	ids, err := collect(ctx, s.read, scanText, `SELECT id FROM stacks WHERE listing = ''`)
	if err != nil || len(ids) == 0 {
		return err
	}
	return s.change(ctx, "list the stacks of an older Ferry", func(tx *sql.Tx) error {
		for _, id := range ids {
			r, _, err := load(ctx, tx, id)
			if err != nil {
				continue
			}
			listing, err := text(listingOf(&r.Plan, r.Next))
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `UPDATE stacks SET listing = ? WHERE id = ?`, listing, id); err != nil {
				return err
			}
		}
		return nil
	})
}
