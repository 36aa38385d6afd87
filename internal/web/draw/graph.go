// Package draw lays out pictures: what stands where, in whole numbers. Templates make SVG
// of it, so that a picture is text that a test reads.
package draw

// Service is a box with nodes in it.
type Service struct {
	ID, Title string
	// On are the services that it stands on.
	On    []string
	Nodes []Node
}

// Node is one machine of a service.
type Node struct{ Name, State string }

// Graph is a picture of services, those that stand on others above them.
type Graph struct {
	Width, Height int
	Boxes         []Box
	Lines         []Line
}

// Box is a service in its place.
type Box struct {
	Title         string
	X, Y          int
	Width, Height int
	Nodes         []Cell
	// More is how many nodes are not shown.
	More int
	// MoreX and MoreY are where that is said.
	MoreX, MoreY int
}

// Cell is a node in its place.
type Cell struct {
	Node
	X, Y, Width, Height int
}

// Line leads from a service down to one that it stands on.
type Line struct{ X1, Y1, X2, Y2 int }

// What takes how much room.
const (
	cellWidth  = 150
	cellHeight = 40
	gap        = 10
	title      = 28
	between    = 36
	perRow     = 5
	mostCells  = 20
	edge       = 2 // of boxes, half of it on either side
)

// Layout returns the graph of services.
func Layout(services []Service) Graph {
	rows := rowsOf(services)
	g := Graph{Width: cellWidth}
	at := map[string]int{}
	y := 0
	for _, row := range rows {
		x, tallest := 0, 0
		for _, s := range row {
			b := boxOf(s, x, y)
			at[s.ID] = len(g.Boxes)
			g.Boxes = append(g.Boxes, b)
			x += b.Width + between
			tallest = max(tallest, b.Height)
		}
		g.Width = max(g.Width, x-between)
		g.Height = y + tallest
		y = g.Height + between
	}
	g.Lines = linesOf(services, g.Boxes, at)
	g.Width, g.Height = g.Width+edge, g.Height+edge
	return g
}

// rowsOf puts services into rows, the first of which nothing stands on.
func rowsOf(services []Service) [][]Service {
	known := map[string]Service{}
	for _, s := range services {
		known[s.ID] = s
	}
	lowest := 0
	depths := make([]int, len(services))
	for i, s := range services {
		depths[i] = depth(s, known, len(services))
		lowest = max(lowest, depths[i])
	}
	rows := make([][]Service, lowest+1)
	for i, s := range services {
		rows[lowest-depths[i]] = append(rows[lowest-depths[i]], s)
	}
	return rows
}

// depth is how many services are below one; most ends a circle, which no plan has.
func depth(s Service, known map[string]Service, most int) int {
	deepest := 0
	for _, id := range s.On {
		if below, ok := known[id]; ok && most > 0 {
			deepest = max(deepest, 1+depth(below, known, most-1))
		}
	}
	return deepest
}

func boxOf(s Service, x, y int) Box {
	shown := min(len(s.Nodes), mostCells)
	columns := max(1, min(shown, perRow))
	b := Box{Title: s.Title, X: x, Y: y, More: len(s.Nodes) - shown}
	b.Width = max(gap+columns*(cellWidth+gap), 2*gap+letter*len(s.Title))
	for i, n := range s.Nodes[:shown] {
		b.Nodes = append(b.Nodes, Cell{
			Node: n, X: x + gap + i%perRow*(cellWidth+gap), Y: y + title + i/perRow*(cellHeight+gap), Width: cellWidth, Height: cellHeight,
		})
	}
	b.Height = title + (shown+perRow-1)/perRow*(cellHeight+gap)
	if b.More > 0 {
		b.MoreX, b.MoreY = x+gap, y+b.Height+gap
		b.Height += title
	}
	return b
}

func linesOf(services []Service, boxes []Box, at map[string]int) (lines []Line) {
	for _, s := range services {
		from := boxes[at[s.ID]]
		for _, id := range s.On {
			i, ok := at[id]
			if !ok {
				continue
			}
			to := boxes[i]
			lines = append(lines, Line{X1: from.X + from.Width/2, Y1: from.Y + from.Height, X2: to.X + to.Width/2, Y2: to.Y})
		}
	}
	return lines
}
