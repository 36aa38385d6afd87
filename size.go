package ferry

import "fmt"

// MiB is a mebibyte. Memory is counted in bytes, and people and daemons write it in these.
const MiB = 1 << 20

// Size is a number of bytes in its largest unit: "512 B", "1.5 GiB".
func Size(n int64) string {
	if n <= 0 {
		return ""
	}
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	f, i := float64(n), 0
	for f >= 1024 && i < len(units)-1 {
		f, i = f/1024, i+1
	}
	if i == 0 || f == float64(int64(f)) {
		return fmt.Sprintf("%d %s", int64(f), units[i])
	}
	return fmt.Sprintf("%.1f %s", f, units[i])
}
