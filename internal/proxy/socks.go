package proxy

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api/tunnel"
)

// The words of SOCKS 5, RFC 1928: of it, connections to a name or an address, without a login.
const (
	socksVersion = 5
	noLogin      = 0
	noneFits     = 0xff
	toConnect    = 1
	byIPv4       = 1
	byName       = 3
	byIPv6       = 4
)

// What is answered to a request.
const (
	granted     = 0
	notAllowed  = 2
	unreachable = 4
	unknownVerb = 7
)

// ServeSOCKS is a SOCKS 5 proxy for the stack on ln until ctx ends; it closes ln.
func (s Stack) ServeSOCKS(ctx context.Context, ln net.Listener) error {
	return accept(ctx, ln, func(near net.Conn) {
		first := bufio.NewReader(near)
		_ = near.SetDeadline(time.Now().Add(greeting))
		address, err := greet(first, near)
		if err != nil {
			_ = near.Close()
			return
		}
		far, err := s.connect(ctx, address)
		if reply(near, err) != nil || err != nil {
			_ = near.Close()
			if far != nil {
				_ = far.Close()
			}
			return
		}
		_ = near.SetDeadline(time.Time{})
		tunnel.Join(ctx, &begun{Conn: near, first: first}, far)
	})
}

// greet reads what a client says first, and returns where it wants to go.
func greet(r *bufio.Reader, w io.Writer) (address string, err error) {
	if err := agree(r, w); err != nil {
		return "", err
	}
	var head [4]byte // version, verb, nothing, kind of address
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return "", fmt.Errorf("read the request: %w", err)
	}
	if head[0] != socksVersion || head[1] != toConnect {
		return "", errors.Join(errors.New("not a connection"), answer(w, unknownVerb))
	}
	host, err := readHost(r, head[3])
	if err != nil {
		return "", err
	}
	var port [2]byte
	if _, err := io.ReadFull(r, port[:]); err != nil {
		return "", fmt.Errorf("read the port: %w", err)
	}
	return net.JoinHostPort(host, strconv.Itoa(int(binary.BigEndian.Uint16(port[:])))), nil
}

// agree takes a client that needs no login.
func agree(r *bufio.Reader, w io.Writer) error {
	var head [2]byte // version, number of ways to log in
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return fmt.Errorf("read the greeting: %w", err)
	}
	if head[0] != socksVersion {
		return errors.New("not SOCKS 5")
	}
	ways := make([]byte, head[1])
	if _, err := io.ReadFull(r, ways); err != nil {
		return fmt.Errorf("read the ways to log in: %w", err)
	}
	if slices.Contains(ways, noLogin) {
		_, err := w.Write([]byte{socksVersion, noLogin})
		return err
	}
	_, err := w.Write([]byte{socksVersion, noneFits})
	return errors.Join(errors.New("the client wants a login"), err)
}

func readHost(r *bufio.Reader, kind byte) (string, error) {
	length := map[byte]int{byIPv4: net.IPv4len, byIPv6: net.IPv6len}[kind]
	if kind == byName {
		n, err := r.ReadByte()
		if err != nil {
			return "", fmt.Errorf("read the name: %w", err)
		}
		length = int(n)
	}
	host := make([]byte, length)
	if _, err := io.ReadFull(r, host); err != nil || length == 0 {
		return "", errors.New("no address that is understood")
	}
	if kind == byName {
		return string(host), nil
	}
	return net.IP(host).String(), nil
}

// reply says how the way to the node went.
func reply(w io.Writer, err error) error {
	switch {
	case err == nil:
		return answer(w, granted)
	case ferry.CodeOf(err) == ferry.NotFound:
		return answer(w, notAllowed)
	}
	return answer(w, unreachable)
}

// answer names no address: none is bound.
func answer(w io.Writer, how byte) error {
	_, err := w.Write([]byte{socksVersion, how, 0, byIPv4, 0, 0, 0, 0, 0, 0})
	return err
}
