package page

import (
	"errors"
	"io"
	"mime/multipart"
	"strconv"
	"strings"
	"time"

	"fontis/internal/edge/web/look"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Broken ends a download in the middle, so that nobody takes it for whole.
func (v *Visit) Broken(err error) error {
	v.Diary.Error("a download broke", "trace", v.Call.Trace, "page", v.Call.Pattern, "error", err)
	panic(errAbort)
}

// Download says what file follows; its name is kept to plain signs.
func (v *Visit) Download(kind, name string) {
	v.W.Header().Set("Content-Type", kind)
	v.W.Header().Set("Content-Disposition", `attachment; filename="`+strings.Map(func(r rune) rune {
		if r == '"' || r < 0x21 || r > 0x7e || r == '\\' || r == '/' {
			return '_'
		}
		return r
	}, name)+`"`)
}

// File is a file of the form.
func (v *Visit) File(name string) (multipart.File, *multipart.FileHeader, error) {
	f, head, err := v.R.FormFile(name)
	if err != nil {
		return nil, nil, vocab.FieldMissing.Because("no file was sent").WithFix("choose a file and send the form again")
	}
	if head.Size == 0 {
		return nil, nil, errors.Join(f.Close(), vocab.FileUnreadable.Because("the file is empty").WithFix("Save the list again, look whether it holds lines, and choose it anew."))
	}
	return f, head, nil
}

// Pour sends what is left of a file.
func (v *Visit) Pour(r io.Reader) error {
	if _, err := io.Copy(v.W, r); err != nil {
		return v.Broken(err)
	}
	return nil
}

// Date is a day of the form in the official time; an empty one is no day.
func (v *Visit) Date(name string) (time.Time, error) {
	s := v.Said(name)
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, s, look.Official())
	if err != nil {
		return time.Time{}, vocab.ValueInvalid.Because("the field %s is no day of the form 2006-01-02", name)
	}
	return t, nil
}

// LastDay is the end of a day of the form: who says until when means that day too.
func (v *Visit) LastDay(name string) (time.Time, error) {
	t, err := v.Date(name)
	if err != nil || t.IsZero() {
		return t, err
	}
	return t.AddDate(0, 0, 1), nil
}

// Count is a number of the form; nothing typed is 0.
func (v *Visit) Count(name string) (int64, error) {
	s := v.Said(name)
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0, vocab.ValueInvalid.Because("the field %s is no number from 0 on", name)
	}
	return n, nil
}

// Number is a number as a form holds it; nothing for 0.
func Number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// Amount is a number as a page tells it, its thousands apart; nothing for none.
func (v *Visit) Amount(n int64) string {
	if n == 0 {
		return ""
	}
	return v.Look().Number(n)
}

// Revision carries the revision that the form was made on, so that nobody
// writes over what they have not seen.
func Revision(rev int64) Field {
	return Field{Name: "rev", Kind: "hidden", Value: strconv.FormatInt(rev, 10)}
}

// Rev is the revision that the form was made on.
func (v *Visit) Rev() int64 {
	n, _ := strconv.ParseInt(v.Said("rev"), 10, 64)
	return n
}

// Line is one field with its value.
type Line struct {
	Field string
	Value Tongued
}

// NameOr is a member's name among those looked up, else its id.
func (v *Visit) NameOr(names map[vocab.MemberID]identity.Name, id vocab.MemberID) Tongued {
	if n, ok := names[id]; ok {
		return v.Look().Name(n)
	}
	return Tongued{Text: string(id)}
}

// Size is how many lines a list shows.
const Size = 20
