package demo

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"strings"
)

//go:embed data/*.tsv.gz
var data embed.FS

// Level is the level of a division.
type Level string

// The levels of both editions; villages are not carried over.
const (
	Province Level = "1"
	City     Level = "2"
	County   Level = "3"
	Town     Level = "4"
)

// Division is one division as an edition has it. The code has six digits down to
// the county and nine for towns.
type Division struct {
	Code  string
	Level Level
	Name  string
}

// Parent is the code of the division above; empty for a province.
func (d Division) Parent() string {
	switch d.Level {
	case City:
		return d.Code[:2] + "0000"
	case County:
		return d.Code[:4] + "00"
	case Town:
		return d.Code[:6]
	}
	return ""
}

// Edition is one published list of divisions.
type Edition struct {
	Name      string // 2022 or 2023
	Package   string // npm package and version that it was taken from
	Source    string // the bodies that published it
	Dated     string
	Divisions []Division
}

// Editions lists the editions, the older one first.
func Editions() []string { return []string{"2022", "2023"} }

// ReadEdition reads an edition from the binary.
func ReadEdition(name string) (*Edition, error) {
	packed, err := data.ReadFile("data/divisions-" + name + ".tsv.gz")
	if err != nil {
		return nil, fmt.Errorf("read edition %s: %w", name, err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("read edition %s: %w", name, err)
	}
	e := &Edition{Name: name, Divisions: make([]Division, 0, 45_000)}
	lines := bufio.NewScanner(z)
	for lines.Scan() {
		a, rest, _ := strings.Cut(lines.Text(), "\t")
		b, c, ok := strings.Cut(rest, "\t")
		switch {
		case !ok:
			return nil, fmt.Errorf("edition %s: a line has not three columns", name)
		case strings.HasPrefix(a, "# "):
			e.Package, e.Source, e.Dated = a[2:], b, c
		default:
			e.Divisions = append(e.Divisions, Division{Code: a, Level: Level(b), Name: c})
		}
	}
	return e, lines.Err()
}

// Compared is how two editions differ at one level.
type Compared struct{ Common, OnlyFirst, OnlySecond, OtherName int }

// CompareEditions counts what two editions have in common at a level, by code.
func CompareEditions(a, b *Edition, l Level) Compared {
	names := map[string]string{}
	for _, d := range a.Divisions {
		if d.Level == l {
			names[d.Code] = d.Name
		}
	}
	var c Compared
	for _, d := range b.Divisions {
		if d.Level != l {
			continue
		}
		name, both := names[d.Code]
		if !both {
			c.OnlySecond++
			continue
		}
		c.Common++
		if name != d.Name {
			c.OtherName++
		}
	}
	c.OnlyFirst = len(names) - c.Common
	return c
}

// place is a town with its whole name; addresses are made of it.
type place struct{ code, city, county, whole string }

// places are the towns of an edition.
func places(e *Edition) []place {
	names := make(map[string]string, 4000)
	var out []place
	for _, d := range e.Divisions {
		if d.Level != Town {
			names[d.Code] = d.Name
			continue
		}
		p := place{code: d.Code, county: names[d.Code[:6]], city: names[d.Code[:4]+"00"]}
		if isPlaceholder(p.city) || p.city == p.county {
			p.city = ""
		}
		province := names[d.Code[:2]+"0000"]
		p.whole = province + p.city + p.county + d.Name
		if p.city == "" {
			p.city = province
		}
		out = append(out, p)
	}
	return out
}

// isPlaceholder tells rows that stand for no place and that no address names.
func isPlaceholder(name string) bool {
	return name == "市辖区" || name == "县" || strings.HasSuffix(name, "直辖县级行政区划")
}
