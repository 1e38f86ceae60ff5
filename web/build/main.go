// Command build makes web/dist, the stylesheets and scripts of the pages and the
// check that a resident saves as one file, out of web/src: sass compiles the
// styles, esbuild bundles all.
//
// The promise: the same sources and the same package-lock.json give the same
// bytes. It needs web/src/node_modules (npm ci); the program itself needs neither,
// because web/dist is committed.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

func main() {
	src, out := flag.String("src", "web/src", "the sources, with node_modules"), flag.String("out", "web/dist", "where the made files go")
	flag.Parse()
	if err := run(*src, *out); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(src, out string) error {
	src, err := filepath.Abs(src)
	if err != nil {
		return err
	}
	css, err := style(src, "page")
	if err != nil {
		return err
	}
	script, err := bundle(src, "script/page.js")
	if err != nil {
		return err
	}
	keeper, err := bundle(src, "script/keeper.js")
	if err != nil {
		return err
	}
	notes, err := licences(src)
	if err != nil {
		return err
	}
	made, err := check(src)
	if err != nil {
		return err
	}
	made["page.css"], made["page.js"], made["keeper.js"], made["page.LEGAL.txt"] = css, script, keeper, notes
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	for name, b := range made {
		if err := os.WriteFile(filepath.Join(out, name), b, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// style compiles the Sass and makes it small.
func style(src, name string) ([]byte, error) {
	cmd := exec.Command(filepath.Join(src, "node_modules", ".bin", "sass"), "--no-source-map", "--no-charset", "--quiet-deps", "--load-path=node_modules", "style/"+name+".scss")
	cmd.Dir = src
	var said bytes.Buffer
	cmd.Stderr = &said
	css, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("compile the stylesheet (npm ci in %s makes sass): %w: %s", filepath.Base(src), err, said.String())
	}
	made := api.Transform(string(css), api.TransformOptions{
		Loader: api.LoaderCSS, MinifyWhitespace: true, MinifySyntax: true, LegalComments: api.LegalCommentsNone, Charset: api.CharsetUTF8,
	})
	return made.Code, told(made.Errors)
}

// bundle makes one script of ours and of what it imports.
func bundle(src, entry string, plugins ...api.Plugin) ([]byte, error) {
	made := api.Build(api.BuildOptions{
		AbsWorkingDir: src, EntryPoints: []string{entry}, Bundle: true, Outfile: "made.js", Write: false, Plugins: plugins,
		MinifyWhitespace: true, MinifyIdentifiers: true, MinifySyntax: true, Target: api.ES2020, Format: api.FormatIIFE,
		LegalComments: api.LegalCommentsNone, Charset: api.CharsetUTF8,
	})
	if err := told(made.Errors); err != nil {
		return nil, err
	}
	return made.OutputFiles[0].Contents, nil
}

func told(list []api.Message) error {
	if len(list) == 0 {
		return nil
	}
	return errors.New(strings.Join(api.FormatMessages(list, api.FormatMessagesOptions{}), "\n"))
}

// mit is the licence of govuk-frontend, whose package carries its name and not its text.
const mit = `The MIT License (MIT)

Copyright (C) 2011-2017 Crown Copyright (Government Digital Service)

Permission is hereby granted, free of charge, to any person obtaining a copy of
this software and associated documentation files (the "Software"), to deal in
the Software without restriction, including without limitation the rights to
use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies
of the Software, and to permit persons to whom the Software is furnished to do
so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS
FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER
IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`

// licences are the notes that travel with the made files.
func licences(src string) ([]byte, error) {
	htmx, err := os.ReadFile(filepath.Join(src, "node_modules", "htmx.org", "LICENSE"))
	if err != nil {
		return nil, fmt.Errorf("read a licence (npm ci in %s brings it): %w", filepath.Base(src), err)
	}
	return []byte("page.css holds parts of govuk-frontend:\n\n" + mit + "\npage.js holds htmx:\n\n" + string(htmx)), nil
}
