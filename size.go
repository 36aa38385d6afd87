package ferry

// MiB is a mebibyte. Memory is counted in bytes, and people and daemons write it in these.
const MiB = 1 << 20
