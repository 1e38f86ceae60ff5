package db

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Free gives the bytes that an ordinary user may still write in the file system
// of dir, and how many it has in all.
func Free(dir string) (free, total uint64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, 0, fmt.Errorf("free room of %s: %w", dir, err)
	}
	return s.Bavail * uint64(s.Bsize), s.Blocks * uint64(s.Bsize), nil
}
