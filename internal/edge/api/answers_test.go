package api

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	said "fontis/internal/trust/access/answer"
	"fontis/internal/trust/access/batch"
	"fontis/internal/vocab"
)

// TestASpreadsheetRunsNothingOfABatch: what others wrote into a case or a source is
// no formula in the table of answers, and a program has it as it is.
func TestASpreadsheetRunsNothingOfABatch(t *testing.T) {
	formula := "=HYPERLINK(\"http://x\")"
	row := batch.Answer{Line: 2, Case: "@SUM(1)", Answers: map[vocab.ItemID]said.Item{"d-1/name": {Answer: "given", Value: &formula}}}
	none := func() (batch.Answer, error, bool) { return batch.Answer{}, nil, false }
	var table, lines strings.Builder
	if err := asCSV(&table, row, true, none); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(table.String())).ReadAll()
	if err != nil || len(rows) != 2 {
		t.Fatalf("%v: %s", err, table.String())
	}
	if diff := cmp.Diff([]string{"2", "'@SUM(1)", "given", "'" + formula}, []string{rows[1][0], rows[1][1], rows[1][3], rows[1][4]}); diff != "" {
		t.Error(diff)
	}
	if err := ndjson(&lines, row, true, none); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"case":"@SUM(1)"`, `"value":"=HYPERLINK(`} {
		if !strings.Contains(lines.String(), want) {
			t.Errorf("%s is not in %s", want, lines.String())
		}
	}
}
