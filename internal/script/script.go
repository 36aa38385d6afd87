// Package script writes what is asked of a port (ferry.Ask). A protocol that every
// service may use is here; one with words of its own has a package below. A script is
// data only: internal/speak has those who speak it.
package script

import (
	"encoding/json"

	"github.com/ferry-project/ferry"
)

// The protocols of this package.
const (
	TCPProtocol  = "tcp"
	HTTPProtocol = "http"
)

// TCP asks whether a port accepts a connection.
func TCP(port int) *ferry.Ask {
	return &ferry.Ask{Protocol: TCPProtocol, Port: port, Says: "connect"}
}

// HTTP is a page that must be there: a GET has to give 2xx.
type HTTP struct {
	Path   string `json:"path"`
	Expect string `json:"expect,omitempty"` // regular expression that the body must match
}

// Ask asks for the page at a port.
func (h HTTP) Ask(port int) *ferry.Ask { return Of(HTTPProtocol, port, "GET "+h.Path, h) }

// Of is an Ask whose script is words in JSON. The words must be of plain data.
func Of(protocol string, port int, says string, words any) *ferry.Ask {
	text, _ := json.Marshal(words) // strings, numbers and lists of them always marshal
	return &ferry.Ask{Protocol: protocol, Port: port, Says: says, Script: text}
}
