package web_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/BurntSushi/toml"

	pages "fontis/web"
)

// third is a language that does not ship: every English sentence behind a sign,
// with days, numbers and names as the French write them.
func third(t *testing.T) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	for _, name := range []string{"text/en.toml", "text/zh-Hans.toml"} {
		b, err := fs.ReadFile(pages.Text, name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: b}
	}
	tree := map[string]any{}
	if err := toml.Unmarshal(files["text/en.toml"].Data, &tree); err != nil {
		t.Fatal(err)
	}
	signed(tree)
	months := "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
	tree["format"] = map[string]any{
		"name": "Français", "months": months, "months_short": months, "day": "{1} {2} {3}", "short": "{1} {2} {3} à {4}",
		"comma": ", ", "open": " (", "close": ")", "thousands": "\u202f", "order": "fr",
	}
	var out bytes.Buffer
	if err := toml.NewEncoder(&out).Encode(tree); err != nil {
		t.Fatal(err)
	}
	files["text/fr.toml"] = &fstest.MapFile{Data: out.Bytes()}
	return files
}

func signed(tree map[string]any) {
	for k, v := range tree {
		switch v := v.(type) {
		case string:
			tree[k] = "§" + v
		case map[string]any:
			signed(v)
		}
	}
}

// A third language is one file: with it the pages stand in that language, say all
// of its sentences and write its days, and every page offers the other two.
func TestAThirdLanguageIsOneFile(t *testing.T) {
	w := newWorldSaying(t, third(t))
	w.grant()
	steward := w.signedIn("li@civil", "fr")
	set := newEntry(t, w, steward)
	visible := regexp.MustCompile(`(?s)<(script|style).*?</(script|style)>|<[^>]+>`)
	for _, path := range w.paths(set) {
		body := steward.page(path)
		checkPage(t, "fr", path, body)
		if !regexp.MustCompile(`(?s)<h1>[^<]*(<bdi[^>]*>)?[^<]*§|<h1>\s*<bdi`).MatchString(body) || strings.Count(visible.ReplaceAllString(body, " "), "§") < 15 {
			t.Errorf("%s speaks another language: %s", path, body)
		}
		for _, button := range regexp.MustCompile(`(?s)<button[^>]*>(.*?)</button>`).FindAllStringSubmatch(body, -1) {
			if said := strings.TrimSpace(visible.ReplaceAllString(button[1], "")); !strings.HasPrefix(said, "§") && said != "English" && said != "中文" {
				t.Errorf("%s: the button %q is in no file", path, said)
			}
		}
	}
	if body := steward.page("/desk"); !strings.Contains(body, `lang="en">English</button>`) || !strings.Contains(body, `lang="zh-Hans">中文</button>`) {
		t.Error("the other two are not offered")
	}
	english := w.signedIn("li@civil", "en")
	if body := english.page("/desk"); !strings.Contains(body, `lang="fr">Français</button>`) {
		t.Error("the third is not offered")
	}
	english.must(english.post("/desk", "/language", url.Values{"to": {"fr"}, "back": {"/desk"}}))
	if body := english.page("/desk"); !strings.Contains(body, `<html lang="fr"`) {
		t.Error("the third is not kept")
	}
	months := strings.Fields("janvier février mars avril mai juin juillet août septembre octobre novembre décembre")
	to := steward.must(steward.post("/machines", "/machines", url.Values{"system": {"intake"}, "roles": {"user"}, "expires": {time.Now().AddDate(0, 1, 0).Format(time.DateOnly)}}))
	if body, want := steward.page(to), months[time.Now().AddDate(0, 1, 0).Month()-1]; !strings.Contains(body, want) {
		t.Errorf("no day in %s: %s", want, body)
	}
	var manifest struct{ Lang, Description string }
	if err := json.Unmarshal([]byte(steward.get("/site/fr.webmanifest").body), &manifest); err != nil || manifest.Lang != "fr" || !strings.HasPrefix(manifest.Description, "§") {
		t.Errorf("the manifest: %+v %v", manifest, err)
	}
}

// Each language has a manifest of its own, and a page names that of its language.
func TestAManifestInEveryLanguage(t *testing.T) {
	w := newWorld(t)
	for lang, want := range map[string]string{"en": "en", "zh-CN": "zh-Hans"} {
		v := w.visitor(lang)
		link := regexp.MustCompile(`rel="manifest" href="([^"]+)"`).FindStringSubmatch(v.page("/"))
		if link == nil {
			t.Fatal("a page names no manifest")
		}
		p := v.get(link[1])
		var m struct {
			Lang, Description, Name string
			Icons                   []struct{ Src string }
			Shortcuts               []struct{ URL string }
		}
		if err := json.Unmarshal([]byte(p.body), &m); err != nil || m.Lang != want || m.Name == "" || m.Description == "" || p.header.Get("Content-Type") != "application/manifest+json" {
			t.Errorf("%s: %d %+v %v", link[1], p.status, m, err)
		}
		for _, i := range m.Icons {
			if got := v.get(i.Src); got.status != http.StatusOK {
				t.Errorf("the icon %s: %d", i.Src, got.status)
			}
		}
		for _, s := range m.Shortcuts {
			v.get(s.URL)
		}
	}
	if p := w.visitor("en").get("/site/xx.webmanifest"); p.status != http.StatusNotFound {
		t.Errorf("a language that is none: %d", p.status)
	}
}
