package web

import (
	"bytes"
	"fmt"

	"fontis/internal/edge/web/look"
)

// tongued is a text with the language it is in, when that is not the page's.
type tongued = look.Tongued

func (v *visit) look() *look.Look { return v.looks[v.call.Lang] }

// render writes the page; nothing is sent before all of it stands.
func (v *visit) render(status int, page string, body any) {
	f, err := v.frame(page, body)
	var out bytes.Buffer
	if err == nil {
		err = v.look().Write(&out, page, f)
	}
	if err != nil {
		v.Diary.Error("a page could not be written", "trace", v.call.Trace, "page", page, "error", err)
		out.Reset()
		fmt.Fprintf(&out, "Something broke inside. 系统内部出错。\nreference 编号: %s\n", v.call.Trace)
		status = 500
		v.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	} else {
		v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
		v.w.Header().Set("Content-Language", string(v.call.Lang))
		v.w.Header().Set("Vary", "Accept-Language, Cookie")
	}
	v.w.WriteHeader(status)
	// The reader may be gone; nobody is left to tell.
	_, _ = v.w.Write(out.Bytes())
}
