package build

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

func none(string) {}

// piece is work that a test holds back.
type piece struct {
	runs atomic.Int32
	tell chan string // lines; closed: it ends
	err  error
}

func newPiece() *piece { return &piece{tell: make(chan string)} }

func (p *piece) work(ctx context.Context, tell func(string)) error {
	p.runs.Add(1)
	for {
		select {
		case line, more := <-p.tell:
			if !more {
				return p.err
			}
			tell(line)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func TestFlightIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fs flights
		p := newPiece()
		p.err = errors.New("broken")
		var all sync.WaitGroup
		heard := make([][]string, 5)
		for i := range heard {
			all.Go(func() {
				err := fs.do(t.Context(), "k", func(line string) { heard[i] = append(heard[i], line) }, p.work)
				if !errors.Is(err, p.err) {
					t.Errorf("got %v", err)
				}
			})
		}
		synctest.Wait()
		p.tell <- "one"
		p.tell <- "two"
		close(p.tell)
		all.Wait()
		for i, h := range heard {
			if !slices.Equal(h, []string{"one", "two"}) {
				t.Errorf("%d heard %q", i, h)
			}
		}
		if p.runs.Load() != 1 {
			t.Errorf("the work was done %d times", p.runs.Load())
		}
	})
}

func TestFlightAgainAfterItsEnd(t *testing.T) {
	var fs flights
	for want := range 3 {
		err := fs.do(t.Context(), "k", none, func(context.Context, func(string)) error { return fmt.Errorf("run %d", want) })
		if err == nil || err.Error() != fmt.Sprintf("run %d", want) {
			t.Fatalf("run %d: got %v", want, err)
		}
	}
}

func TestFlightSurvivesOneWhoLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fs flights
		p := newPiece()
		first, leave := context.WithCancel(t.Context())
		left, stayed := make(chan error, 1), make(chan error, 1)
		go func() { left <- fs.do(first, "k", none, p.work) }()
		synctest.Wait()
		p.tell <- "begun"
		var heard []string
		go func() {
			stayed <- fs.do(t.Context(), "k", func(line string) { heard = append(heard, line) }, p.work)
		}()
		synctest.Wait()
		leave()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("who left got %v", err)
		}
		p.tell <- "after"
		close(p.tell)
		if err := <-stayed; err != nil || p.runs.Load() != 1 {
			t.Errorf("who stayed got %v after %d runs", err, p.runs.Load())
		}
		if !slices.Equal(heard, []string{"begun", "after"}) {
			t.Errorf("who came later heard %q", heard)
		}
	})
}

func TestFlightEndsWithItsLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fs flights
		ctx, leave := context.WithCancel(t.Context())
		ending, ended := make(chan struct{}), make(chan struct{})
		gone := make(chan error, 1)
		go func() {
			gone <- fs.do(ctx, "k", none, func(ctx context.Context, _ func(string)) error {
				<-ctx.Done()
				<-ending // it takes its time to end
				close(ended)
				return ctx.Err()
			})
		}()
		synctest.Wait()
		leave()
		synctest.Wait()
		select {
		case <-gone:
			t.Error("the last one was back before the work had ended")
		default:
		}
		next := make(chan error, 1)
		go func() {
			next <- fs.do(t.Context(), "k", none, func(context.Context, func(string)) error {
				select {
				case <-ended:
					return nil
				default:
					return errors.New("two at once")
				}
			})
		}()
		synctest.Wait()
		close(ending)
		if err := <-next; err != nil {
			t.Error(err)
		}
	})
}

func TestFlightIsNotHeldUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fs flights
		p := newPiece()
		stuck := make(chan struct{})
		done := make(chan error, 2)
		go func() { done <- fs.do(t.Context(), "k", func(string) { <-stuck }, p.work) }()
		go func() { done <- fs.do(t.Context(), "k", none, p.work) }()
		synctest.Wait()
		for range 1000 {
			p.tell <- "line"
		}
		close(p.tell)
		if err := <-done; err != nil { // the one that is not stuck
			t.Error(err)
		}
		close(stuck)
		<-done
	})
}

// Images that wait for the same base are one audience if one start wants them:
// it receives each line once, by the first of them as long as that one waits.
func TestFlightTellsAnAudienceOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fs flights
		p := newPiece()
		var mu sync.Mutex
		var said []string
		listen := func(ctx context.Context, who string, done chan<- error) {
			go func() {
				done <- fs.do(ctx, "k", func(line string) { mu.Lock(); said = append(said, who+" "+line); mu.Unlock() }, p.work)
			}()
			synctest.Wait()
		}
		start := OneAudience(t.Context())
		first, leave := context.WithCancel(start)
		done := make(chan error, 4)
		listen(first, "first", done)
		listen(start, "second", done)
		listen(OneAudience(t.Context()), "other", done)
		p.tell <- "one"
		synctest.Wait()
		leave()
		synctest.Wait()
		p.tell <- "two"
		close(p.tell)
		for range 3 {
			<-done
		}
		slices.Sort(said)
		if want := []string{"first one", "other one", "other two", "second two"}; !slices.Equal(said, want) {
			t.Errorf("said %q, want %q", said, want)
		}
	})
}
