package blob

import (
	"path"
	"strings"
	"testing"
)

func FuzzValidNameStaysInside(f *testing.F) {
	for _, s := range []string{"a", "a/b.c", "..", "../a", "a/..", "/a", "a//b", "-", "_", "a/.b", "a\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if ValidName(name) != nil {
			return
		}
		if full := path.Join("/root", name); full != "/root/"+name || strings.Contains(name, "..") && strings.Contains("/"+name+"/", "/../") {
			t.Errorf("name %q becomes %q", name, full)
		}
		for part := range strings.SplitSeq(name, "/") {
			if part == "" || part[0] == '.' {
				t.Errorf("name %q has part %q", name, part)
			}
		}
	})
}
