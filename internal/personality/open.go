package personality

// OpenToAll is the note of a service that asks nobody for a login: what it gives,
// it gives to every process of the machine that may open a socket.
func OpenToAll(what string) string {
	return "every user of this machine may " + what + ": its ports ask for no login"
}
