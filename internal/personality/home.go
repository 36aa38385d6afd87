package personality

import "github.com/ferry-project/ferry"

// Home is the volume of a connector's home directory: what users keep there
// outlives the container. Engines begin it with what the image has there.
func Home(path string) []ferry.Volume {
	return []ferry.Volume{{Name: "home", Path: path, Spare: true}}
}
