package planning

import (
	"bufio"
	"bytes"
	"os"
	"strconv"
	"strings"
)

// listenState is the kernel's code for a listening socket in /proc/net/tcp.
const listenState = "0A"

// ListeningPorts reads from the kernel which TCP ports of this host are in use.
// Where there is no /proc it knows of none, and the engine will say so itself.
func ListeningPorts() []int {
	var ports []int
	for _, file := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		text, err := os.ReadFile(file)
		if err == nil {
			ports = append(ports, parseListening(text)...)
		}
	}
	return ports
}

func parseListening(text []byte) []int {
	var ports []int
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || fields[3] != listenState {
			continue
		}
		_, hex, _ := strings.Cut(fields[1], ":")
		if p, err := strconv.ParseUint(hex, 16, 16); err == nil {
			ports = append(ports, int(p))
		}
	}
	return ports
}
