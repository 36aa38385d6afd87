package hadoop_test

import (
	"encoding/binary"
	"io"
	"net"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/ferry-project/ferry/internal/script/hadoop"
	speakhadoop "github.com/ferry-project/ferry/internal/speak/hadoop"
)

// answer is the header of an answer, framed.
func answer(status uint64, class, text string) string {
	b := protowire.AppendVarint(protowire.AppendTag(nil, 2, protowire.VarintType), status)
	if class != "" {
		b = protowire.AppendString(protowire.AppendTag(b, 4, protowire.BytesType), class)
		b = protowire.AppendString(protowire.AppendTag(b, 5, protowire.BytesType), text)
	}
	b = protowire.AppendBytes(nil, b)
	return string(binary.BigEndian.AppendUint32(nil, uint32(len(b)))) + string(b)
}

func TestCall(t *testing.T) {
	refused := "org.apache.hadoop.security.AccessControlException"
	for name, c := range map[string]struct {
		says  string
		want  string // of the error; "" means that the call went well
		final bool
	}{
		"well":             {answer(0, "", ""), "", false},
		"refused for good": {answer(1, refused, "Superuser privilege is required\n\tat java"), "refreshNodes: AccessControlException: Superuser privilege is required", true},
		"not now":          {answer(1, "org.apache.hadoop.ipc.StandbyException", "in standby"), "StandbyException: in standby", false},
		"hung up":          {"", "answer of refreshNodes: EOF", false},
		"cut short":        {answer(0, "", "")[:5], "unexpected EOF", false},
		"no answer at all": {"HTTP/1.1 400 Bad Request\r\n", "bytes are no answer", false},
		"nonsense":         {"\x00\x00\x00\x02\xff\xff", "answer of refreshNodes: ", false},
	} {
		t.Run(name, func(t *testing.T) {
			to := head(func(conn net.Conn) {
				demand(t, conn)
				_, _ = io.WriteString(conn, c.says)
			})
			call := hadoop.RefreshNodeManagers(8033, "yarn")
			err := speakhadoop.RPC{}.Do(t.Context(), to, call.Script, func(string) {})
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || final(err) != c.final) {
				t.Errorf("got %v (final: %t), want %q", err, final(err), c.want)
			}
			if err != nil && strings.Contains(err.Error(), "\tat java") {
				t.Errorf("it has Java's words: %v", err)
			}
		})
	}
}

// demand reads what a head is sent, and what it must be.
func demand(t *testing.T, conn net.Conn) {
	t.Helper()
	greeting := make([]byte, 7)
	if _, err := io.ReadFull(conn, greeting); err != nil || string(greeting) != "hrpc\x09\x00\x00" {
		t.Errorf("greeted by %q, %v", greeting, err)
		return
	}
	who, err := takeFrame(conn)
	if err != nil || len(who) != 2 {
		t.Errorf("who calls: %d messages, %v", len(who), err)
		return
	}
	call, err := takeFrame(conn)
	if err != nil || len(call) != 3 {
		t.Errorf("the call: %d messages, %v", len(call), err)
		return
	}
	const protocol = "org.apache.hadoop.yarn.server.api.ResourceManagerAdministrationProtocolPB"
	if protowire.DecodeZigZag(who[0].numbers[3]) != -3 || who[1].texts[2] != "\x0a\x04yarn" || who[1].texts[3] != protocol {
		t.Errorf("who calls: %+v", who)
	}
	if call[0].numbers[1] != 2 || call[0].numbers[3] != 0 || len(call[0].texts[4]) != 16 || call[0].texts[4] != who[0].texts[4] {
		t.Errorf("the call's header: %+v", call[0])
	}
	if call[1].texts[1] != "refreshNodes" || call[1].texts[2] != protocol || call[1].numbers[3] != 1 || call[2].numbers[1] != 2 {
		t.Errorf("the call: %+v", call[1:])
	}
}
