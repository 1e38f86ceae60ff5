package page

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"fontis/internal/edge/call"
	"fontis/internal/edge/text"
	"fontis/internal/edge/web/look"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
	pages "fontis/web"
)

// A file of a long list ends where its reader's bound is, and says so, and what to
// do; who is not signed in has the smaller one.
func TestAFileIsBoundedByWhoAsks(t *testing.T) {
	texts, err := text.Load(pages.Text, "text")
	if err != nil {
		t.Fatal(err)
	}
	s := &Site{looks: map[text.Lang]*look.Look{}}
	for _, lang := range texts.Langs() {
		if s.looks[lang], err = look.New(texts, lang); err != nil {
			t.Fatal(err)
		}
	}
	s.Text = texts
	read := 0
	file := File(func(*Visit) (List[int], error) {
		return List[int]{
			Path: "/x", Key: func(n int) string { return fmt.Sprint(n) }, Columns: []Column[int]{{Name: "number", Say: func(n int) any { return n }}},
			Fetch: func(after string, limit int) ([]int, error) {
				from := 0
				if after != "" {
					if _, err := fmt.Sscan(after, &from); err != nil {
						return nil, err
					}
				}
				out := []int{}
				for n := from + 1; n <= 2*MostFile && len(out) < limit; n++ {
					out = append(out, n)
				}
				read += len(out)
				return out, nil
			},
		}, nil
	})
	for _, c := range []struct {
		actor identity.Actor
		lines int
		says  string
	}{
		{identity.Actor{}, MostUnsigned, "Only the first 1000 lines are here: narrow the list and take it again. Whoever is signed in has up to 10000."},
		{identity.Actor{Member: "tax", Officer: "li@tax", Roles: []vocab.Role{vocab.DataUser}}, MostFile, "Only the first 10000 lines are here: narrow the list and take it again."},
	} {
		read = 0
		w := httptest.NewRecorder()
		if err := file(&Visit{Site: s, W: w, R: httptest.NewRequest("GET", "/x?file=csv", nil), Actor: c.actor, route: Route{Page: "x"}, Call: &call.Call{Lang: text.English}}); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(w.Body.String()), "\n")
		if len(lines) != c.lines+2 || lines[len(lines)-2] != fmt.Sprint(c.lines) {
			t.Errorf("%d lines, want %d between the heads and the last", len(lines), c.lines)
		}
		if got := strings.ReplaceAll(lines[len(lines)-1], ",", ""); got != c.says {
			t.Errorf("the end says %q, want %q", got, c.says)
		}
		if read > c.lines+2*chunk {
			t.Errorf("%d lines were read for %d", read, c.lines)
		}
	}
	nobody, officer := &Visit{}, &Visit{Actor: identity.Actor{Member: "tax"}}
	if nobody.Bound(MostUnsigned) != 0 || nobody.Bound(MostUnsigned+1) != MostUnsigned || officer.Bound(2*MostFile) != 0 {
		t.Error("the page tells of a bound that does not hold, or hides one that does")
	}
}
