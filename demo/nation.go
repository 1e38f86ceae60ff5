package demo

import (
	"strings"

	"fontis/demo/nation"
)

// Nation is the nation of a seed, with the real divisions of the newer edition
// down to the county.
func Nation(seed uint64) (*nation.Nation, error) {
	e, err := ReadEdition("2023")
	if err != nil {
		return nil, err
	}
	names := make(map[string]string, 4000)
	var out []nation.Place
	for _, d := range e.Divisions {
		if d.Level == Town {
			continue
		}
		names[d.Code] = d.Name
		if isPlaceholder(d.Name) {
			continue
		}
		var whole []string
		for code := d.Code; code != ""; {
			if name := names[code]; !isPlaceholder(name) {
				whole = append([]string{name}, whole...)
			}
			up := ""
			switch {
			case code[4:] != "00":
				up = code[:4] + "00"
			case code[2:4] != "00":
				up = code[:2] + "0000"
			}
			code = up
		}
		out = append(out, nation.Place{Code: d.Code, Name: strings.Join(whole, "")})
	}
	return nation.New(seed, out), nil
}
