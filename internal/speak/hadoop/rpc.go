// Package hadoop speaks with the heads of HDFS and YARN: calls of their RPC, and what
// their web ports say of workers that leave. No JVM is started for it.
package hadoop

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/ferry-project/ferry/internal/retry"
	"github.com/ferry-project/ferry/internal/script/hadoop"
	"github.com/ferry-project/ferry/internal/speak"
)

// oneTry bounds a call: a head that is busy on a loaded machine may need seconds.
const oneTry = 10 * time.Second

// RPC makes a hadoop.Call.
type RPC struct{}

// Do makes it once. What the head refuses for good is refused again however often it is
// asked.
func (RPC) Do(ctx context.Context, to speak.Peer, text []byte, _ func(string)) error {
	var c hadoop.Call
	if err := speak.Read(text, &c); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, oneTry)
	defer cancel()
	conn, done, err := to.Connect(ctx)
	if err != nil {
		return err
	}
	defer done()
	if _, err := conn.Write(conversation(c)); err != nil {
		return fmt.Errorf("call %s: %w", c.Method, err)
	}
	answer, err := frame(conn)
	if err != nil {
		return fmt.Errorf("answer of %s: %w", c.Method, err)
	}
	return judge(c.Method, answer)
}

// Numbers of the protocol's messages: RpcHeader.proto, IpcConnectionContext.proto and
// ProtobufRpcEngine.proto of Hadoop.
const (
	contextCall = -3 // the call that is none: the context of the connection
	kindBuffers = 2  // RPC_PROTOCOL_BUFFER
	version     = 1  // of every protocol that is called here
)

// conversation is all that is sent: who speaks, in what, and the call.
func conversation(c hadoop.Call) []byte {
	id := make([]byte, 16)
	_, _ = rand.Read(id) // it never fails
	user := field(nil, 1, []byte(c.User))
	who := field(field(nil, 2, user), 3, []byte(c.Protocol))
	call := field(field(nil, 1, []byte(c.Method)), 2, []byte(c.Protocol))
	call = number(call, 3, version)
	out := []byte("hrpc\x09\x00\x00") // version 9, no class of service, no authentication
	out = append(out, framed(header(contextCall, -1, id), who)...)
	return append(out, framed(header(0, 0, id), call, c.Request)...)
}

func header(call, retries int64, id []byte) []byte {
	b := number(number(nil, 1, kindBuffers), 2, 0)
	b = number(b, 3, protowire.EncodeZigZag(call))
	return number(field(b, 4, id), 5, protowire.EncodeZigZag(retries))
}

func field(b []byte, n protowire.Number, value []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, n, protowire.BytesType), value)
}

func number(b []byte, n protowire.Number, value uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, n, protowire.VarintType), value)
}

// framed are messages with their lengths, behind the length of all.
func framed(messages ...[]byte) []byte {
	var all []byte
	for _, m := range messages {
		all = protowire.AppendBytes(all, m)
	}
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(all))), all...) //nolint:gosec // a few hundred bytes
}

// most is far above the answer to any call that is made here.
const most = 1 << 20

// frame reads the first answer. No other is waited for.
func frame(r io.Reader) ([]byte, error) {
	var length [4]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(length[:])
	if n > most {
		return nil, fmt.Errorf("%d bytes are no answer", n)
	}
	b := make([]byte, n)
	_, err := io.ReadFull(r, b)
	return b, err
}

// judge reads an answer's header; nil means that the call went well.
func judge(method string, answer []byte) error {
	b, n := protowire.ConsumeBytes(answer)
	if n < 0 {
		return fmt.Errorf("answer of %s: %w", method, protowire.ParseError(n))
	}
	var status uint64
	var class, message string
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return fmt.Errorf("answer of %s: %w", method, protowire.ParseError(n))
		}
		b = b[n:]
		if n = protowire.ConsumeFieldValue(num, typ, b); n < 0 {
			return fmt.Errorf("answer of %s: %w", method, protowire.ParseError(n))
		}
		switch {
		case num == 2 && typ == protowire.VarintType:
			status, _ = protowire.ConsumeVarint(b)
		case num == 4 && typ == protowire.BytesType:
			class, _ = protowire.ConsumeString(b)
		case num == 5 && typ == protowire.BytesType:
			message, _ = protowire.ConsumeString(b)
		}
		b = b[n:]
	}
	if status == 0 {
		return nil
	}
	return refusal(method, class, message)
}

// refusal is what a head says instead of an answer.
func refusal(method, class, message string) error {
	words, _, _ := strings.Cut(message, "\n") // the rest is Java's
	err := fmt.Errorf("%s: %s: %s", method, class[strings.LastIndex(class, ".")+1:], words)
	for _, final := range []string{"AccessControlException", "RpcNoSuchMethodException", "RpcNoSuchProtocolException"} {
		if strings.HasSuffix(class, final) {
			return retry.Stop(err)
		}
	}
	return err
}
