package mirror

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
)

// The folders of a process that serves: pair N copies Sources/N to Copies/N.
const (
	Sources = "/from"
	Copies  = "/to"
)

// Order is one line of JSON that the process reads, and answers with one Answer.
type Order struct {
	Do string `json:"do"` // Pass or Sum
	// Folder of which a sum is wanted.
	Folder string `json:"folder,omitempty"`
}

// The orders.
const (
	DoPass = "pass" // of all pairs
	DoSum  = "sum"
)

// Answer of an order.
type Answer struct {
	Copied Copied `json:"copied"`
	Sum    Sum    `json:"sum"`
	Error  string `json:"error,omitempty"`
}

// Serve obeys orders until there are no more. It mirrors every folder of Sources that
// there is a folder of the same number of in Copies.
func Serve(in io.Reader, out io.Writer) error {
	pairs, err := pairsBelow(Sources, Copies)
	if err != nil {
		return err
	}
	orders, answers := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var o Order
		if err := orders.Decode(&o); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read an order: %w", err)
		}
		a, err := obey(o, pairs)
		if err != nil {
			a.Error = err.Error()
		}
		if err := answers.Encode(a); err != nil {
			return fmt.Errorf("answer: %w", err)
		}
	}
}

func pairsBelow(sources, copies string) ([]*Mirror, error) {
	var pairs []*Mirror
	for n := 0; ; n++ {
		m := &Mirror{From: filepath.Join(sources, strconv.Itoa(n)), To: filepath.Join(copies, strconv.Itoa(n))}
		if _, err := os.Lstat(m.From); errors.Is(err, os.ErrNotExist) {
			return pairs, nil
		} else if err != nil {
			return nil, err
		}
		if _, err := os.Lstat(m.To); err == nil {
			pairs = append(pairs, m)
		}
	}
}

func obey(o Order, pairs []*Mirror) (a Answer, err error) {
	switch o.Do {
	case DoPass:
		for _, m := range pairs {
			c, err := m.Pass()
			a.Copied.Files += c.Files
			a.Copied.Bytes += c.Bytes
			if err != nil {
				return a, err
			}
		}
	case DoSum:
		a.Sum, err = SumOf(o.Folder)
	default:
		err = fmt.Errorf("an order to %q", o.Do)
	}
	return a, err
}
