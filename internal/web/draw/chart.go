package draw

import "time"

// Span is something that takes a while, counted from a beginning.
type Span struct {
	Label, State string
	From, To     time.Duration
	Critical     bool
}

// Chart is spans as bars under each other, on one axis of time.
type Chart struct {
	Width, Height int
	Bars          []Bar
	Ticks         []Tick
}

// Bar is a span in its place, and where its label is written.
type Bar struct {
	Span
	X, Y, Width, Height int
	TextX, TextY        int
	// Before: the label ends where the bar begins, as there is no room behind it.
	Before bool
}

// Tick is a moment of the axis.
type Tick struct {
	X, Height int
	At        time.Duration
}

const (
	chartWidth = 900
	barHeight  = 16
	barStep    = 20
	axis       = 24
	mostTicks  = 8
	letter     = 8 // what one takes, about
	pad        = 4
)

// Timeline returns the chart of spans, in their order.
func Timeline(spans []Span) Chart {
	end := time.Millisecond
	for _, s := range spans {
		end = max(end, s.To)
	}
	c := Chart{Width: chartWidth + edge, Height: axis + len(spans)*barStep}
	x := func(d time.Duration) int { return int(float64(chartWidth) * float64(d) / float64(end)) }
	for i, s := range spans {
		b := Bar{Span: s, X: x(s.From), Y: axis + i*barStep, Height: barHeight}
		b.Width = max(2, x(s.To)-b.X)
		b.label()
		c.Bars = append(c.Bars, b)
	}
	step := stepOf(end)
	for at := time.Duration(0); at <= end; at += step {
		c.Ticks = append(c.Ticks, Tick{X: x(at), Height: c.Height, At: at})
	}
	return c
}

// label puts the label behind the bar, or before it, or on it: where there is room.
func (b *Bar) label() {
	room := letter * len(b.Label)
	b.TextX, b.TextY = b.X+b.Width+pad, b.Y+barHeight-pad
	if b.TextX+room <= chartWidth {
		return
	}
	if b.Before = b.X-pad-room >= 0; b.Before {
		b.TextX = b.X - pad
		return
	}
	b.TextX = b.X + pad
}

// stepOf is the distance of ticks: 1, 2 or 5 of a power of ten.
func stepOf(end time.Duration) time.Duration {
	for unit := time.Millisecond; ; unit *= 10 {
		for _, n := range []time.Duration{1, 2, 5} {
			if end/(n*unit) <= mostTicks {
				return n * unit
			}
		}
	}
}
