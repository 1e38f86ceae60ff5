package page

import (
	"bytes"
	"fmt"

	"fontis/internal/edge/web/look"
)

// Tongued is a text with the language it is in, when that is not the page's.
type Tongued = look.Tongued

// Look is how the visit's language says things.
func (v *Visit) Look() *look.Look { return v.looks[v.Call.Lang] }

// render writes the page; nothing is sent before all of it stands.
func (v *Visit) render(status int, page string, body any) {
	f, err := v.frame(page, body)
	var out bytes.Buffer
	if err == nil {
		err = v.Look().Write(&out, page, f)
	}
	if err != nil {
		v.Diary.Error("a page could not be written", "trace", v.Call.Trace, "page", page, "error", err)
		out.Reset()
		fmt.Fprintf(&out, "Something broke inside. 系统内部出错。\nreference 编号: %s\n", v.Call.Trace)
		status = 500
		v.W.Header().Set("Content-Type", "text/plain; charset=utf-8")
	} else {
		if v.aside(status, out.Bytes()) {
			return
		}
		v.ofPage()
	}
	v.send(status, out.Bytes())
}

// ofPage are the headers of a page.
func (v *Visit) ofPage() {
	v.W.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.W.Header().Set("Content-Language", string(v.Call.Lang))
	v.W.Header().Set("Vary", "Accept-Language, Accept-Encoding, Cookie")
}
