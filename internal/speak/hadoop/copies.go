package hadoop

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/retry"
	"github.com/ferry-project/ferry/internal/script/hadoop"
	"github.com/ferry-project/ferry/internal/speak"
)

// checkTime bounds a check of the whole file system: a hundred thousand files take
// seconds.
const checkTime = 5 * time.Minute

// Copies reads the NameNode's check of its files, as `hdfs fsck` does.
type Copies struct{}

// Do refuses for good what would leave a file without one of its copies.
func (Copies) Do(ctx context.Context, to speak.Peer, text []byte, _ func(string)) error {
	var s hadoop.Staying
	if err := speak.Read(text, &s); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	var found check
	err := speak.Page(ctx, to, "/fsck?ugi=hdfs&path=%2F&files=1&openforwrite=1", func(body io.Reader) (err error) {
		found, err = read(body)
		return err
	})
	if err != nil {
		return err
	}
	return retry.Stop(found.refuse(len(s.Nodes)))
}

// check is what a leave depends on.
type check struct {
	most    int    // workers that the most demanding file needs
	file    string // that file
	striped bool   // its blocks are parts, not copies
	missing string // number of blocks that have no copy
}

var (
	copied  = regexp.MustCompile(`^(.*) \d+ bytes, replicated: replication=(\d+), `)
	striped = regexp.MustCompile(`^(.*) \d+ bytes, erasure-coded: policy=.*-(\d+)-(\d+)-[^-]*, `)
	lacking = regexp.MustCompile(`^ (?:Missing|Corrupt) block(?:s| groups):\s+([1-9]\d*)`)
)

var errCutShort = errors.New("the check of the file system did not come to its end")

// read reads a whole check; one without its last words says nothing.
func read(body io.Reader) (c check, err error) {
	whole := false
	lines := bufio.NewReader(body)
	for err == nil {
		var line string
		line, err = lines.ReadString('\n')
		c.note(line)
		whole = whole || strings.HasPrefix(line, "FSCK ended")
	}
	switch {
	case !errors.Is(err, io.EOF):
		return c, fmt.Errorf("read the check of the file system: %w", err)
	case !whole:
		return c, errCutShort
	}
	return c, nil
}

func (c *check) note(line string) {
	if m := copied.FindStringSubmatch(line); m != nil {
		c.needs(m[1], false, m[2])
	} else if m := striped.FindStringSubmatch(line); m != nil {
		c.needs(m[1], true, m[2], m[3])
	} else if m := lacking.FindStringSubmatch(line); m != nil {
		c.missing = m[1]
	}
}

// needs notes a file, whose blocks are on as many workers as the numbers have together.
func (c *check) needs(file string, striped bool, numbers ...string) {
	sum := 0
	for _, text := range numbers {
		n, _ := strconv.Atoi(text) // digits; of too many of them it is the largest number
		sum += n
	}
	if sum > c.most {
		c.most, c.file, c.striped = sum, file, striped
	}
}

func (c check) refuse(staying int) error {
	switch {
	case c.missing != "":
		return ferry.Errorf(ferry.Conflict, "HDFS has %s blocks without a copy; no worker leaves before they are found or given up", c.missing).
			WithHint("hdfs fsck / -list-corruptfileblocks in a client tells whose they are")
	case c.most > staying && c.striped:
		return ferry.Errorf(ferry.Conflict, "the blocks of %s are spread over %d workers, and %d would stay", c.file, c.most, staying).
			WithHint("copy it to a directory without erasure coding")
	case c.most > staying:
		return ferry.Errorf(ferry.Conflict, "%s has %d copies, which %d workers cannot hold", c.file, c.most, staying).
			WithHint("ask for fewer in a client: hdfs dfs -setrep -w %d PATH", staying)
	}
	return nil
}
