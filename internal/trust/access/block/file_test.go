package block

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// Of the name of a file stays what tells its sender which one it was: no folder of
// theirs, nothing that cannot be seen, no person's number, and no endless name.
func TestANameOfAFileIsKeptWithoutFolderOrNumber(t *testing.T) {
	for said, want := range map[string]string{
		"people.csv":                  "people.csv",
		"/home/li/Desktop/people.csv": "people.csv",
		`C:\Users\li\补贴名单.csv`:        "补贴名单.csv",
		"a\x00b\nc\u202egnp.csv":      "abcgnp.csv",
		"<b>list</b>.csv":             "b>.csv",
		"张 990000198909191650.csv":    "",
		" ":                           "",
		"/":                           "",
		"bad\xffname.csv":             "badname.csv",
	} {
		if got := FileName(said); got != want {
			t.Errorf("%q is kept as %q, want %q", said, got, want)
		}
	}
	long := FileName(strings.Repeat("长", 500) + ".csv")
	if utf8.RuneCountInString(long) != mostOfName || !strings.HasSuffix(long, "长.csv") || !strings.Contains(long, "…") {
		t.Errorf("a long name is kept as %q", long)
	}
}
