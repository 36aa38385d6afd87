// Package archive is a snapshot in the form in which it travels: an OCI artifact, whose
// configuration is all that Ferry knows of the snapshot, and whose layers are its volumes.
// A volume is a tar that is cut into pieces, each compressed by itself and a layer of its
// own: so neither writer nor reader holds more than one piece, what was sent is not sent
// again after a connection broke, and no byte is looked at before its sum is known to hold.
//
//	Description ─▶ Writer ─▶ Store:  a file (OCI layout, in a tar), or a registry
//	Source ─▶ Reader ─▶ Description, volume after volume
package archive

import (
	"encoding/json"
	"regexp"
	"strings"
	"unicode"

	"github.com/ferry-project/ferry"
)

// The types of the artifact and its parts.
const (
	ArtifactType = "application/vnd.ferry.snapshot.v1"
	ConfigType   = "application/vnd.ferry.snapshot.config.v1+json"
	LayerType    = "application/vnd.ferry.volume.v1.tar+zstd"
)

// The annotations of a layer say which volume it is a piece of.
const (
	NodeKey   = "ferry.node"
	VolumeKey = "ferry.volume"
)

const (
	format    = 1
	pieceSize = 32 << 20 // of a volume's tar
	// mostBlob is more than a piece that does not compress, and than any description.
	mostBlob = pieceSize + 1<<20
	mostName = 1000
)

// Description is all of a snapshot but its volumes.
type Description struct {
	// Format is raised when an older Ferry can no longer read what is written.
	Format   int                          `json:"format"`
	Version  string                       `json:"version"` // of the Ferry that wrote it
	Snapshot ferry.Snapshot               `json:"snapshot"`
	Plan     ferry.Plan                   `json:"plan"`
	Formed   []string                     `json:"formed"`
	Secrets  map[string]map[string]string `json:"secrets,omitempty"`
}

// encode writes the description in the one form that this package reads.
func (d Description) encode() ([]byte, error) {
	d.Format = format
	return json.Marshal(d)
}

// decode reads a description, which may come from anybody.
func decode(text []byte) (Description, error) {
	var age struct {
		Format  int    `json:"format"`
		Version string `json:"version"`
	}
	if err := json.Unmarshal(text, &age); err != nil || age.Format < 1 {
		return Description{}, bad("holds no snapshot of Ferry")
	}
	if age.Format > format {
		return Description{}, bad("was made by a newer Ferry (%s), and this one cannot read it", printable(age.Version)).
			WithHint("update this Ferry")
	}
	var d Description
	if err := json.Unmarshal(text, &d); err != nil {
		return d, bad("does not describe its snapshot in words that are known: %w", err)
	}
	return d, d.check()
}

// bad is the error of what is no archive, or not a whole one.
func bad(text string, args ...any) *ferry.Error {
	return ferry.Errorf(ferry.Invalid, "the archive "+text, args...)
}

var (
	stackPattern   = regexp.MustCompile(`^sa-[0-9a-z]{1,40}$`)
	servicePattern = regexp.MustCompile(`^se-[0-9a-z-]{1,40}$`)
	namePattern    = regexp.MustCompile(`^[0-9a-z][0-9a-z-]{0,62}$`)
)

// check holds a description to what ids and names of Ferry look like: they become names of
// hosts, containers and volumes, and lines on a terminal.
func (d Description) check() error {
	if !stackPattern.MatchString(d.Plan.Stack) || !stackPattern.MatchString(d.Plan.Lineage) || !stackPattern.MatchString(d.Snapshot.Stack) {
		return bad("has a snapshot of no stack that could be")
	}
	for _, text := range []string{d.Snapshot.Note, d.Snapshot.Application, d.Snapshot.Version, d.Version} {
		if text != printable(text) {
			return bad("has a text that cannot be printed")
		}
	}
	services := map[string]bool{}
	for _, s := range d.Plan.Services {
		if !servicePattern.MatchString(s.ID) || services[s.ID] {
			return bad("has a service that cannot be called %.50q", s.ID)
		}
		services[s.ID] = true
	}
	for _, id := range d.Formed {
		if !services[id] {
			return bad("speaks of a service %.50q that is not in its plan", id)
		}
	}
	return d.checkVolumes()
}

func (d Description) checkVolumes() error {
	for _, n := range d.Plan.Nodes {
		if !namePattern.MatchString(n.Name) {
			return bad("has a node that cannot be called %.50q", n.Name)
		}
	}
	seen := map[[2]string]bool{}
	for _, v := range d.Snapshot.Volumes {
		node, ok := d.Plan.Node(v.Node)
		if ok {
			_, ok = node.Volume(v.Name)
		}
		key := [2]string{v.Node, v.Name}
		if !ok || seen[key] || !namePattern.MatchString(v.Name) || v.Bytes < 0 || v.Files < 0 {
			return bad("has a volume %.50q of %.50q that is not in its plan", v.Name, v.Node)
		}
		seen[key] = true
	}
	return nil
}

// printable is a text without what would steer a terminal, and of a bounded length.
func printable(text string) string {
	clean := strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, text)
	return clean[:min(len(clean), mostName)]
}
