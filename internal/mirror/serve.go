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
	Do string `json:"do"`
	// Folder of which a sum is wanted, or which is looked at.
	Folder string `json:"folder,omitempty"`
}

// The orders.
const (
	DoPass = "pass" // of all pairs
	DoSum  = "sum"
	// DoLayer prepares the second folder of each pair to take what is changed of the first.
	DoLayer = "layer"
	// DoLook looks whether a folder may be trusted to be such a pair, mounted as one.
	DoLook = "look"
)

// Answer of an order.
type Answer struct {
	Copied Copied `json:"copied"`
	Sum    Sum    `json:"sum"`
	Error  string `json:"error,omitempty"`
}

// The words after "mirror" that have the program do one thing with one folder.
const (
	WordPack   = "pack"   // Pack it to the standard output
	WordUnpack = "unpack" // Unpack the standard input into it
)

// RefusedCode is the exit code of a program whose Unpack has failed with ErrRefused.
const RefusedCode = 3

// Main is the program: it is called with the words after "mirror" and returns its exit code.
func Main(words []string, in io.Reader, out, says io.Writer) int {
	err := obeyWords(words, in, out)
	if err == nil {
		return 0
	}
	fmt.Fprintln(says, err)
	if errors.Is(err, ErrRefused) {
		return RefusedCode
	}
	return 1
}

// obeyWords is Serve when it is called without a word.
func obeyWords(words []string, in io.Reader, out io.Writer) error {
	switch {
	case len(words) == 0:
		return Serve(in, out)
	case len(words) == 2 && words[0] == WordPack:
		return Pack(words[1], out)
	case len(words) == 2 && words[0] == WordUnpack:
		return Unpack(in, words[1])
	}
	return fmt.Errorf("called with %q", words)
}

// Serve obeys orders until there are no more, and mirrors every folder of Sources that
// there is a folder of the same number of in Copies. The end of in ends it at once, in
// the middle of an order too: whoever gave it is gone.
func Serve(in io.Reader, out io.Writer) error {
	pairs, err := pairsBelow(Sources, Copies)
	if err != nil {
		return err
	}
	orders, ended := read(in)
	answers := json.NewEncoder(out)
	for {
		select {
		case err := <-ended:
			return err
		case o := <-orders:
			answered := make(chan Answer, 1)
			go func() { answered <- obey(o, pairs) }()
			select {
			case err := <-ended:
				return err
			case a := <-answered:
				if err := answers.Encode(a); err != nil {
					return fmt.Errorf("answer: %w", err)
				}
			}
		}
	}
}

// read decodes orders; ended has what ended them, nil for the end of in.
func read(in io.Reader) (orders chan Order, ended chan error) {
	orders, ended = make(chan Order), make(chan error, 1)
	go func() {
		d := json.NewDecoder(in)
		for {
			var o Order
			if err := d.Decode(&o); errors.Is(err, io.EOF) {
				ended <- nil
				return
			} else if err != nil {
				ended <- fmt.Errorf("read an order: %w", err)
				return
			}
			orders <- o
		}
	}()
	return orders, ended
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

func obey(o Order, pairs []*Mirror) (a Answer) {
	var err error
	switch o.Do {
	case DoPass:
		a.Copied, err = passAll(pairs)
	case DoSum:
		a.Sum, err = SumOf(o.Folder)
	case DoLayer:
		err = layerAll(pairs)
	case DoLook:
		err = Layered(o.Folder)
	default:
		err = fmt.Errorf("an order to %q", o.Do)
	}
	if err != nil {
		a.Error = err.Error()
	}
	return a
}

func passAll(pairs []*Mirror) (all Copied, err error) {
	for _, m := range pairs {
		c, err := m.Pass()
		all.Files += c.Files
		all.Bytes += c.Bytes
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

func layerAll(pairs []*Mirror) error {
	for _, m := range pairs {
		if err := Layer(m.From, m.To); err != nil {
			return err
		}
	}
	return nil
}
