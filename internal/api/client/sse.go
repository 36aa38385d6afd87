package client

import (
	"bufio"
	"bytes"
)

// message is one Server-Sent Event. Its id is left out: the data has it.
type message struct {
	event string
	data  []byte
}

// readMessage reads up to the next message. alive is called for every line,
// comments too. A message that was cut off is lost with the error, as the standard has it.
func readMessage(r *bufio.Reader, alive func()) (message, error) {
	var m message
	for {
		line, err := r.ReadBytes('\n')
		if err != nil {
			return message{}, err
		}
		alive()
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 && (m.data != nil || m.event != "") {
			return m, nil
		}
		m.add(line)
	}
}

// add takes one line, "field: value".
func (m *message) add(line []byte) {
	field, value, _ := bytes.Cut(line, []byte(":"))
	value = bytes.TrimPrefix(value, []byte(" "))
	switch string(field) {
	case "event":
		m.event = string(value)
	case "data":
		if m.data != nil {
			m.data = append(m.data, '\n')
		}
		m.data = append(m.data, value...)
	}
}
