package hadoop_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/cenkalti/backoff/v5"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/ferry-project/ferry/internal/speak"
)

// head is a port of a head whose every connection is served by a test.
func head(serve func(c net.Conn)) speak.Peer {
	return speak.Peer{Node: "hadoop0", Port: 9000, Dial: func(context.Context, string) (net.Conn, error) {
		here, there := net.Pipe()
		go func() {
			defer func() { _ = there.Close() }()
			serve(there)
		}()
		return here, nil
	}}
}

func final(err error) bool {
	var never *backoff.PermanentError
	return errors.As(err, &never)
}

// pages answers each request with what the test says of its path.
func pages(t *testing.T, page func(path string) (status int, body string)) speak.Peer {
	t.Helper()
	return head(func(c net.Conn) {
		req, err := http.ReadRequest(bufio.NewReader(c))
		if err != nil {
			t.Errorf("read a request: %v", err)
			return
		}
		status, body := page(req.URL.RequestURI())
		_, _ = fmt.Fprintf(c, "HTTP/1.1 %d x\r\nContent-Length: %d\r\n\r\n%s", status, len(body), body)
	})
}

// message is one message of protocol buffers: its numbers and its texts, by field.
type message struct {
	numbers map[protowire.Number]uint64
	texts   map[protowire.Number]string
}

// takeMessage reads a message with its length in front; rest is what follows it.
func takeMessage(b []byte) (m message, rest []byte, err error) {
	m = message{map[protowire.Number]uint64{}, map[protowire.Number]string{}}
	body, n := protowire.ConsumeBytes(b)
	if n < 0 {
		return m, nil, protowire.ParseError(n)
	}
	rest = b[n:]
	for len(body) > 0 {
		num, typ, n := protowire.ConsumeTag(body)
		if n < 0 {
			return m, nil, protowire.ParseError(n)
		}
		body = body[n:]
		n = protowire.ConsumeFieldValue(num, typ, body)
		if n < 0 {
			return m, nil, protowire.ParseError(n)
		}
		if typ == protowire.VarintType {
			m.numbers[num], _ = protowire.ConsumeVarint(body)
		} else {
			m.texts[num], _ = protowire.ConsumeString(body)
		}
		body = body[n:]
	}
	return m, rest, nil
}

// takeFrame reads all messages behind one length.
func takeFrame(r io.Reader) (all []message, err error) {
	var length [4]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, err
	}
	b := make([]byte, binary.BigEndian.Uint32(length[:]))
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, err
	}
	for len(b) > 0 {
		var m message
		if m, b, err = takeMessage(b); err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}
