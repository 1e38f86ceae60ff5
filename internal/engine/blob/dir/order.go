package dir

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

// inOrder gives the full names of a folder's entries in byte order, folders
// with their '/', hidden ones left out.
func inOrder(folder string, entries []fs.DirEntry) []string {
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		name := path.Join(folder, e.Name())
		if e.IsDir() {
			name += "/"
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
