package audit

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strconv"

	"fontis/internal/vocab/cell"
)

// Lines writes the figures of a published report, as its file has them, as lines of
// CSV. A figure that is not told has an empty cell and says so in the last.
func Lines(report []byte) ([]byte, error) {
	var r Report
	if err := json.Unmarshal(report, &r); err != nil {
		return nil, fmt.Errorf("read a published report: %w", err)
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	lines := [][]string{{"from", "until", "table", "body", "region", "ground", "count", "late", "days", "suppressed"}}
	for _, c := range r.Cells {
		line := []string{day(r.From), day(r.Until), c.Table, string(c.Body), c.Region, c.Ground, "", "", "", strconv.FormatBool(c.Suppressed)}
		if c.Count != nil {
			line[6] = strconv.Itoa(*c.Count)
		}
		if c.Late != nil {
			line[7] = strconv.Itoa(*c.Late)
		}
		if c.Days != nil {
			line[8] = strconv.FormatFloat(*c.Days, 'f', 1, 64)
		}
		for i := range line {
			line[i] = cell.Guard(line[i])
		}
		lines = append(lines, line)
	}
	err := w.WriteAll(lines)
	return out.Bytes(), err
}
