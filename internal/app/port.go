package app

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/app/tree"
)

func (d *decoder) ports(p tree.Place) []ferry.PortRequest {
	var out []ferry.PortRequest
	for _, item := range d.list(p) {
		text := d.text(item)
		if text == "" {
			out = append(out, ferry.PortRequest{}) // keeps the numbering of the list
			continue
		}
		r, wrong := port(text)
		if wrong != "" {
			d.report(item, fmt.Sprintf("%s is no port: %s", tree.Quoted(text), wrong),
				`write "80", "8080:80" or "127.0.0.1:8080:80", and "@node" after it for a certain node`)
		}
		out = append(out, r)
	}
	return out
}

// portForm is [address:][host:]container[/tcp][@node]; an IPv6 address stands in brackets.
var portForm = regexp.MustCompile(`^(?:(?:(\[[0-9a-fA-F:.]+\]|[^:\[\]@]*):)?([0-9]*):)?([0-9]+)(?:/([a-z]+))?(?:@([a-z0-9-]+))?$`)

var rangeForm = regexp.MustCompile(`[0-9]-[0-9]`)

// port reads a port request, or says what is wrong with it.
func port(text string) (r ferry.PortRequest, wrong string) {
	m := portForm.FindStringSubmatch(text)
	switch {
	case m == nil && rangeForm.MatchString(text):
		return r, "ranges are not supported"
	case m == nil:
		return r, "it must be container, host:container or address:host:container"
	case m[4] != "" && m[4] != "tcp":
		return r, "only tcp ports are published"
	}
	if r.Address, wrong = hostAddress(m[1]); wrong != "" {
		return ferry.PortRequest{}, wrong
	}
	host, okHost := portNumber(m[2])
	container, ok := portNumber(m[3])
	if !ok || m[2] != "" && !okHost {
		return ferry.PortRequest{}, "a port is a number from 1 to 65535"
	}
	r.Host, r.Container, r.Node = host, container, m[5]
	return r, ""
}

func portNumber(text string) (int, bool) {
	n, ok := whole(text)
	if !ok || n < 1 || n > 65535 {
		return 0, false
	}
	return n, true
}

func hostAddress(text string) (address, wrong string) {
	text = strings.Trim(text, "[]")
	if text == "" {
		return "", ""
	}
	if text == "localhost" {
		return "127.0.0.1", ""
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		return "", tree.Quoted(text) + " is no IP address of this host"
	}
	return a.String(), ""
}
