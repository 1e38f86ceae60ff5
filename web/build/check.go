package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"

	"github.com/BurntSushi/toml"
	"github.com/evanw/esbuild/pkg/api"
)

// spoken are the sentences that the check carries, by the beginning of their keys.
func spoken(key string) bool {
	for _, p := range []string{"check.", "page.word.question.", "page.word.answer.", "page.word.reason.", "page.word.named."} {
		if strings.HasPrefix(key, p) {
			return true
		}
	}
	name, of := strings.CutPrefix(key, "error.")
	for _, p := range refusals() {
		if of && strings.HasPrefix(name, p) && strings.HasSuffix(name, ".title") {
			return true
		}
	}
	return false
}

// refusals begin the codes by which the door refuses a call, which is what an
// entry can say; a code that is not among them is shown as it is.
func refusals() []string {
	return []string{
		"batch-", "case-", "data-not-", "grant-", "guess-", "hour-", "item-outside-", "mandate-", "network-", "not-authorised-", "purpose-", "question-", "quota-", "refused-", "row-", "statute-", "subject-", "value-",
	}
}

// sentences are those of every language, for the module "texts" of the scripts.
func sentences(dir string) (map[string]map[string]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.toml"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("the sentences in %s: %d files, %w", dir, len(files), err)
	}
	out := map[string]map[string]string{}
	for _, f := range files {
		tree := map[string]any{}
		if _, err := toml.DecodeFile(f, &tree); err != nil {
			return nil, fmt.Errorf("the sentences: %w", err)
		}
		own := map[string]string{}
		flatten(own, "", tree)
		out[strings.TrimSuffix(filepath.Base(f), ".toml")] = own
	}
	return out, nil
}

func flatten(into map[string]string, prefix string, tree map[string]any) {
	for k, v := range tree {
		switch v := v.(type) {
		case string:
			if spoken(prefix + k) {
				into[prefix+k] = v
			}
		case map[string]any:
			flatten(into, prefix+k+".", v)
		}
	}
}

// texts gives the sentences to a script that imports "texts".
func texts(said map[string]map[string]string) api.Plugin {
	return api.Plugin{Name: "texts", Setup: func(b api.PluginBuild) {
		b.OnResolve(api.OnResolveOptions{Filter: "^texts$"}, func(api.OnResolveArgs) (api.OnResolveResult, error) {
			return api.OnResolveResult{Path: "texts", Namespace: "texts"}, nil
		})
		b.OnLoad(api.OnLoadOptions{Filter: ".*", Namespace: "texts"}, func(api.OnLoadArgs) (api.OnLoadResult, error) {
			all, err := json.Marshal(said) // in the order of the keys
			whole := string(all)
			return api.OnLoadResult{Contents: &whole, Loader: api.LoaderJSON}, err
		})
	}}
}

// check makes the script of the site's own page, one a language, the file
// check.html with all of it inside, and the hashes by which copies of them are
// told apart.
func check(src string) (map[string][]byte, error) {
	said, err := sentences(filepath.Join(src, "..", "text"))
	if err != nil {
		return nil, err
	}
	made, err := speaking(src, said)
	if err != nil {
		return nil, err
	}
	if made["check.html"], err = saved(src, said); err != nil {
		return nil, err
	}
	var sums bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(made)) {
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(made[name]), name)
	}
	made["check.sha256"] = sums.Bytes()
	return made, nil
}

// speaking makes the script of the site's own page in each language. It needs
// nothing that npm brings.
func speaking(src string, said map[string]map[string]string) (map[string][]byte, error) {
	made := map[string][]byte{}
	for lang, all := range said {
		own := maps.Clone(all)
		maps.DeleteFunc(own, func(key, _ string) bool { return strings.HasPrefix(key, "check.file_") }) // the page says its own
		script, err := bundle(src, "script/check.js", texts(map[string]map[string]string{lang: own}))
		if err != nil {
			return nil, err
		}
		made["check."+lang+".js"] = script
	}
	return made, nil
}

// saved makes check.html. Its own policy lets run the one script and the one
// style that stand in it, and forbids it to ask anybody anything.
func saved(src string, said map[string]map[string]string) ([]byte, error) {
	script, err := bundle(src, "script/saved.js", texts(said))
	if err != nil {
		return nil, err
	}
	css, err := style(src, "check")
	if err != nil {
		return nil, err
	}
	b, err := os.ReadFile(filepath.Join(src, "check.html"))
	if err != nil {
		return nil, err
	}
	t, err := template.New("check.html").Parse(string(b))
	if err != nil {
		return nil, err
	}
	type without struct{ Lang, Text string }
	var out bytes.Buffer
	err = t.Execute(&out, struct {
		Script, ScriptSum, Style, StyleSum string
		Without                            []without
	}{
		string(script), sumOf(script), string(css), sumOf(css),
		[]without{{"en", said["en"]["check.file_noscript"]}, {"zh-Hans", said["zh-Hans"]["check.file_noscript"]}},
	})
	return out.Bytes(), err
}

// sumOf is a hash as a content security policy names it.
func sumOf(b []byte) string {
	sum := sha256.Sum256(b)
	return base64.StdEncoding.EncodeToString(sum[:])
}
