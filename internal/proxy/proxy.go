// Package proxy leads from this machine to the nodes of one stack, and nowhere else: as
// an HTTP proxy for a browser, as a SOCKS proxy for other programs, and as a port of this
// machine that is a node's. A connection is made by a function, so the nodes need no
// address that this machine can reach.
package proxy

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/ferry-project/ferry"
)

// Stack is what is reached.
type Stack struct {
	// Title is how people call it.
	Title string
	Plan  ferry.Plan
	// Dial connects to a port of a node, by its name in the stack.
	Dial func(ctx context.Context, node string, port int) (net.Conn, error)
}

// Home is the page of the HTTP proxy that lists the stack's pages. No node is called so,
// as a node's name ends with its number.
const Home = "http://ferry/"

const homeHost = "ferry"

// node returns the node that a host name or an address means.
func (s Stack) node(host string) (ferry.Node, bool) {
	host = strings.TrimSuffix(host, ".")
	for _, n := range s.Plan.Nodes {
		if strings.EqualFold(n.Name, host) || n.Address != "" && n.Address == host {
			return n, true
		}
	}
	return ferry.Node{}, false
}

// connect connects to "host:port", if that is a node's.
func (s Stack) connect(ctx context.Context, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, ferry.Errorf(ferry.Invalid, "%q is no host and port", address)
	}
	n, ok := s.node(host)
	if !ok {
		return nil, s.stranger(host)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return nil, ferry.Errorf(ferry.Invalid, "%q is no port", port)
	}
	return s.Dial(ctx, n.Name, number)
}

// stranger is the answer to who asks for somebody else.
func (s Stack) stranger(host string) error {
	return ferry.Errorf(ferry.NotFound, "%s has no node %q, and this proxy leads to its nodes only", s.Title, host)
}

// Page is a web page of the stack's, by the address that its own links use.
type Page struct{ Name, Node, URL string }

// Pages are the stack's.
func (s Stack) Pages() (all []Page) {
	for _, service := range s.Plan.Services {
		for _, w := range service.Web {
			all = append(all, Page{Name: w.Name, Node: w.Node, URL: fmt.Sprintf("http://%s:%d%s", w.Node, w.Port, w.Path)})
		}
	}
	return all
}
