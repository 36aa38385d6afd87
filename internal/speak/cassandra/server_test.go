package cassandra

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// server speaks as much of the native protocol, version 4, as the driver needs, over
// pipes: so it also stands for a node that is only reached through a command.
type server struct {
	mu       sync.Mutex
	password string            // of the user ferry; "": nobody is asked
	answers  map[string]answer // by the beginning of a statement
	asked    []string
	levels   []uint16
	hear     func(statement string) // before it is answered
}

// answer to a statement: an error's code, or rows of text.
type answer struct {
	code  int32
	names []string
	rows  [][]string
}

const (
	opError, opStartup, opReady, opAuthenticate, opOptions, opSupported = 0, 1, 2, 3, 5, 6
	opQuery, opResult, opPrepare, opExecute, opAuthResponse, opSuccess  = 7, 8, 9, 10, 15, 16
)

func (s *server) dial(ctx context.Context, _ string) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	near, far := net.Pipe()
	go func() {
		defer far.Close()
		s.serve(far)
	}()
	return near, nil
}

func (s *server) serve(conn net.Conn) {
	var prepared []string
	for {
		head := make([]byte, 9)
		if _, err := io.ReadFull(conn, head); err != nil {
			return
		}
		body := make([]byte, binary.BigEndian.Uint32(head[5:]))
		if _, err := io.ReadFull(conn, body); err != nil {
			return
		}
		op, out := s.reply(head[4], body, &prepared)
		frame := append([]byte{0x84, 0, head[2], head[3], op}, integer(int32(len(out)))...)
		if _, err := conn.Write(append(frame, out...)); err != nil {
			return
		}
	}
}

func (s *server) reply(op byte, body []byte, prepared *[]string) (byte, []byte) {
	switch op {
	case opOptions:
		return opSupported, []byte{0, 0}
	case opStartup:
		if s.password != "" {
			return opAuthenticate, text("org.apache.cassandra.auth.PasswordAuthenticator")
		}
		return opReady, nil
	case opAuthResponse:
		if string(body[4:]) != "\x00ferry\x00"+s.password {
			return opError, fault(0x0100, "Provided username and/or password are incorrect")
		}
		return opSuccess, integer(-1)
	case opQuery, opPrepare:
		n := binary.BigEndian.Uint32(body)
		statement := string(body[4 : 4+n])
		if op == opQuery {
			return s.answer(statement, binary.BigEndian.Uint16(body[4+n:]))
		}
		*prepared = append(*prepared, statement)
		id := byte(len(*prepared) - 1)
		// kind, id, parameters (flags, columns, keys), result (no metadata)
		return opResult, join(integer(4), []byte{0, 1, id}, integer(0), integer(0), integer(0), integer(4), integer(0))
	case opExecute:
		return s.answer((*prepared)[body[2]], binary.BigEndian.Uint16(body[3:]))
	}
	return opError, fault(0x000A, "unknown opcode")
}

func (s *server) answer(statement string, level uint16) (byte, []byte) {
	if s.hear != nil {
		s.hear(statement)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !strings.Contains(statement, "system.local WHERE") && !strings.Contains(statement, "system_schema") {
		s.asked, s.levels = append(s.asked, statement), append(s.levels, level)
	}
	if strings.HasPrefix(statement, "SELECT * FROM system.local") {
		return opResult, host()
	}
	for begin, a := range s.answers {
		if !strings.HasPrefix(statement, begin) {
			continue
		}
		if a.code != 0 {
			return opError, fault(a.code, "no")
		}
		return opResult, a.table()
	}
	return opResult, integer(1) // void
}

func (a answer) table() []byte {
	out := join(integer(2), integer(1), integer(int32(len(a.names))), text("k"), text("t"))
	for _, n := range a.names {
		out = join(out, text(n), kindOf(n))
	}
	out = append(out, integer(int32(len(a.rows)))...)
	for _, row := range a.rows {
		for i, v := range row {
			if a.names[i] == "replication" {
				v = string(mapOf(v))
			}
			out = join(out, integer(int32(len(v))), []byte(v))
		}
	}
	return out
}

// kindOf is the type of a column: text, but for a keyspace's options, a map of texts.
func kindOf(column string) []byte {
	if column == "replication" {
		return []byte{0, 0x21, 0, 0x0D, 0, 0x0D}
	}
	return []byte{0, 0x0D}
}

// mapOf is a map that is written as a=b,c=d.
func mapOf(words string) []byte {
	pairs := strings.Split(words, ",")
	out := integer(int32(len(pairs)))
	for _, pair := range pairs {
		k, v, _ := strings.Cut(pair, "=")
		out = join(out, integer(int32(len(k))), []byte(k), integer(int32(len(v))), []byte(v))
	}
	return out
}

// host is the row of system.local that the driver reads about itself.
func host() []byte {
	out := join(integer(2), integer(1), integer(4), text("system"), text("local"), text("host_id"), []byte{0, 0x0C},
		text("rpc_address"), []byte{0, 0x10}, text("release_version"), []byte{0, 0x0D}, text("rack"), []byte{0, 0x0D}, integer(1))
	return join(out, integer(16), []byte("0123456789abcdef"), integer(4), []byte{127, 0, 0, 1},
		integer(5), []byte("5.0.9"), integer(5), []byte("rack1"))
}

func fault(code int32, message string) []byte { return join(integer(code), text(message)) }

func integer(n int32) []byte { return binary.BigEndian.AppendUint32(nil, uint32(n)) }

func text(s string) []byte { return append(binary.BigEndian.AppendUint16(nil, uint16(len(s))), s...) }

func join(parts ...[]byte) []byte {
	var all []byte
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// silent never answers.
func silent(t *testing.T) dial {
	return func(context.Context, string) (net.Conn, error) {
		near, far := net.Pipe()
		t.Cleanup(func() { far.Close() })
		go func() { _, _ = io.Copy(io.Discard, far) }()
		return near, nil
	}
}

func closed(context.Context, string) (net.Conn, error) { return nil, errors.New("connection refused") }
