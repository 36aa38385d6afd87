package mirror

import (
	"archive/tar"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path"
	"path/filepath"
	"strings"
)

// ErrRefused is the error of a tar that holds what no volume is filled with.
var ErrRefused = errors.New("refused")

// The records of a tar that are Ferry's own; other programs pass over them.
const (
	recordSparse  = "FERRY.sparse"  // "1": runs of zeros are holes
	recordEntries = "FERRY.entries" // of the whole tar
	recordBytes   = "FERRY.bytes"   // of the files' content, without holes
	recordXattr   = "SCHILY.xattr." // as every tar writes extended attributes
)

// The bounds of what a volume is filled with.
const (
	longestPath = 4096
	longestName = 255
	deepest     = 500
)

// Acceptable reports what is wrong with an entry of a volume's tar. A tar comes from
// anybody, and what it holds is seen by nodes: nothing in it may lie outside the volume, be
// a device, or lend a user's program the rights of another user.
func Acceptable(h *tar.Header) error {
	if err := acceptableName(h.Name); err != nil {
		return err
	}
	switch h.Typeflag {
	case tar.TypeReg, tar.TypeFifo:
		if h.Mode&0o6000 != 0 {
			return refuse(h, "is a program with the rights of its owner (set-user-id or set-group-id)")
		}
	case tar.TypeDir:
		if h.Mode&0o4000 != 0 {
			return refuse(h, "is a folder with a set-user-id bit")
		}
	case tar.TypeLink:
		if err := acceptableName(h.Linkname); err != nil {
			return err
		}
	case tar.TypeSymlink:
		if n := len(h.Linkname); n == 0 || n >= longestPath {
			return refuse(h, "is a link without a target, or with one that is too long")
		}
	case tar.TypeChar, tar.TypeBlock:
		return refuse(h, "is a device")
	default:
		return refuse(h, fmt.Sprintf("is a thing of an unknown kind %q", h.Typeflag))
	}
	if h.Uid < 0 || h.Gid < 0 || int64(h.Uid) >= math.MaxUint32 || int64(h.Gid) >= math.MaxUint32 || h.Size < 0 {
		return refuse(h, "has an owner or a size that cannot be")
	}
	return acceptableAttributes(h)
}

func refuse(h *tar.Header, why string) error { return fmt.Errorf("%w: %q %s", ErrRefused, h.Name, why) }

// acceptableName: one spelling for each place, so that no two entries mean the same.
func acceptableName(name string) error {
	clean := strings.TrimSuffix(name, "/")
	parts := strings.Split(clean, "/")
	bad := !filepath.IsLocal(clean) || path.Clean(clean) != clean || len(clean) >= longestPath || len(parts) > deepest ||
		strings.ContainsRune(clean, 0)
	for _, p := range parts {
		bad = bad || len(p) > longestName
	}
	if bad {
		return fmt.Errorf("%w: %.100q is no place in a volume", ErrRefused, name)
	}
	return nil
}

// acceptableAttributes: those of the kernel give rights, and steer overlays.
func acceptableAttributes(h *tar.Header) error {
	for key := range h.PAXRecords {
		name, ok := strings.CutPrefix(key, recordXattr)
		if ok && !carried(name) {
			return refuse(h, fmt.Sprintf("has the attribute %q", name))
		}
	}
	return nil
}

// carried reports whether an extended attribute is the data of a program. What a security
// module of this machine wrote says nothing elsewhere.
func carried(name string) bool {
	switch {
	case strings.HasPrefix(name, "trusted.overlay."):
		return false
	case name == "system.posix_acl_access", name == "system.posix_acl_default":
		return true
	}
	return strings.HasPrefix(name, "user.") || strings.HasPrefix(name, "trusted.")
}

// ofMode returns the bits of a tar's mode that a copy gets.
func ofMode(h *tar.Header) uint32 { return uint32(h.Mode) & 0o7777 }

// isFolder reports whether an entry is one, which fs.FileMode says of nothing else.
func isFolder(h *tar.Header) bool { return h.FileInfo().Mode()&fs.ModeDir != 0 }
