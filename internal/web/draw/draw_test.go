package draw

import (
	"fmt"
	"testing"
	"time"
)

func nodes(n int) (out []Node) {
	for i := range n {
		out = append(out, Node{Name: fmt.Sprint("n", i)})
	}
	return out
}

// What stands on something is above it, a box holds its nodes, and nothing overlaps.
func TestLayout(t *testing.T) {
	g := Layout([]Service{
		{ID: "store", Nodes: nodes(7)},
		{ID: "other", Nodes: nodes(2)},
		{ID: "compute", On: []string{"store"}, Nodes: nodes(1)},
		{ID: "client", On: []string{"compute", "other", "gone"}, Nodes: nodes(1)},
	})
	store, other, compute, client := g.Boxes[2], g.Boxes[3], g.Boxes[1], g.Boxes[0]
	if client.Y >= compute.Y || compute.Y >= store.Y || store.Y != other.Y || other.X < store.X+store.Width {
		t.Errorf("boxes %+v", g.Boxes)
	}
	if len(g.Lines) != 3 {
		t.Errorf("lines %+v", g.Lines)
	}
	for _, l := range g.Lines {
		if l.Y1 >= l.Y2 {
			t.Errorf("a line leads up: %+v", l)
		}
	}
	for _, b := range g.Boxes {
		for i, c := range b.Nodes {
			if c.X < b.X || c.Y < b.Y || c.X+c.Width > b.X+b.Width || c.Y+c.Height > b.Y+b.Height {
				t.Errorf("%s is outside: %+v in %+v", c.Name, c, b)
			}
			for _, d := range b.Nodes[:i] {
				if c.X < d.X+d.Width && d.X < c.X+c.Width && c.Y < d.Y+d.Height && d.Y < c.Y+c.Height {
					t.Errorf("%s and %s overlap", c.Name, d.Name)
				}
			}
		}
		if b.X+b.Width > g.Width || b.Y+b.Height > g.Height {
			t.Errorf("%+v is outside of %d by %d", b, g.Width, g.Height)
		}
	}
}

func TestLayoutOfMuchAndOfNothing(t *testing.T) {
	if b := Layout([]Service{{ID: "s", Nodes: nodes(100)}}).Boxes[0]; len(b.Nodes)+b.More != 100 || b.More == 0 {
		t.Errorf("%d nodes and %d more", len(b.Nodes), b.More)
	}
	if g := Layout(nil); len(g.Boxes) != 0 {
		t.Errorf("%+v", g)
	}
	Layout([]Service{{ID: "a", On: []string{"b"}}, {ID: "b", On: []string{"a"}}}) // a circle ends
}

func TestTimeline(t *testing.T) {
	c := Timeline([]Span{{Label: "a", To: time.Second}, {Label: "b", From: time.Second, To: 4 * time.Second}, {Label: "c", From: 4 * time.Second, To: 4 * time.Second}})
	if a, b := c.Bars[0], c.Bars[1]; a.X != 0 || a.Width != 225 || b.X != 225 || b.Width != 675 || b.Y <= a.Y {
		t.Errorf("bars %+v", c.Bars)
	}
	if c.Bars[2].Width == 0 || !c.Bars[2].Before || c.Bars[0].Before {
		t.Errorf("labels %+v", c.Bars)
	}
	long := Timeline([]Span{{Label: "a label that is long", From: time.Second, To: 100 * time.Second}}).Bars[0]
	if long.Before || long.TextX != long.X+pad {
		t.Errorf("a label without room around its bar: %+v", long)
	}
	if n := len(c.Ticks); n < 3 || n > mostTicks+1 || c.Ticks[0].At != 0 {
		t.Errorf("ticks %+v", c.Ticks)
	}
	for _, end := range []time.Duration{0, time.Microsecond, 90 * time.Second, 48 * time.Hour} {
		if n := len(Timeline([]Span{{To: end}}).Ticks); n == 0 || n > mostTicks+1 {
			t.Errorf("%s has %d ticks", end, n)
		}
	}
}
