package source

import (
	"context"
	"time"
)

// Driver is what a kind of source must do. The portable type has already
// checked names, values and limits when it calls; a driver gives its errors as
// vocab failures that hold no value of the source.
type Driver interface {
	// Catalog lists the tables and views that the account may read.
	Catalog(ctx context.Context) ([]Table, error)
	// Powers lists what the account could write, after inspecting and trying.
	Powers(ctx context.Context) (Powers, error)
	// Rows reads rows in one read-only transaction.
	Rows(ctx context.Context, s Scan) (Batch, error)
	// Top counts the values of one column, the most frequent first.
	Top(ctx context.Context, s TopScan) (Top, error)
	// Close ends every connection.
	Close() error
}

// Connect opens a driver. It need not reach the source; Probe does.
type Connect func(ctx context.Context, a Address, o Options) (Driver, error)

// Options is what a driver needs beside the address.
type Options struct {
	Password Password
	Timeout  time.Duration // for one statement, at the source itself where it can
}

// Column is one column of a table.
type Column struct {
	Name string    `json:"name"`
	Type string    `json:"type"` // as the source writes it
	Kind ValueKind `json:"kind"`
	Cast string    `json:"cast,omitempty"` // the driver's word for a parameter of this type; "" when it needs none
}

// Table is a table or a view that can be read.
type Table struct {
	Schema  string   `json:"schema,omitempty"` // "" where the kind of source has none
	Name    string   `json:"name"`
	View    bool     `json:"view,omitempty"`
	Rows    int64    `json:"rows"` // an estimate; -1 when the source has none
	Columns []Column `json:"columns"`
}

// FullName is how a Query names the table.
func (t Table) FullName() string {
	if t.Schema == "" {
		return t.Name
	}
	return t.Schema + "." + t.Name
}

// Column finds a column by its exact name.
func (t Table) Column(name string) (Column, bool) {
	for _, c := range t.Columns {
		if c.Name == name {
			return c, true
		}
	}
	return Column{}, false
}

// Power is one thing that the account could write, and the statement that
// takes the power away.
type Power struct {
	What string `json:"what"`
	Mend string `json:"mend"`
}

// Powers is what Driver.Powers found. Notes are worth telling but no reason to
// refuse.
type Powers struct {
	Account string
	Found   []Power
	Notes   []string
}

// Scan asks for rows. Subject is nil for a sample; otherwise the first value of
// each row is the subject's, as text, and those of Columns follow. A paged scan
// names no subjects: it reads the rows whose subject comes after After, in order.
type Scan struct {
	Table    Table
	Subject  *Column
	Subjects []string
	Columns  []Column
	Where    []Bound
	Limit    int // the driver reads at most one row more
	Paged    bool
	After    string // "" begins at the first
}

// Bound is a Condition on a column of the catalog.
type Bound struct {
	Column Column
	Op     Op
	Values []string
}

// Batch is what Rows read. Mark changes whenever the source has changed, and is
// empty where the source cannot tell. AsOf is set only by sources that are dated.
// Marked holds the subjects that the source keeps under a number that cannot be
// right.
type Batch struct {
	Rows   [][]Value
	Mark   string
	AsOf   time.Time
	Marked map[string]bool
}

// TopScan asks for the most frequent values of one column among the first
// Scanned rows.
type TopScan struct {
	Table   Table
	Column  Column
	Values  int
	Scanned int
}

// Top is the answer to a TopScan: values with their counts, and how many rows
// were counted, nulls included.
type Top struct {
	Values []Counted
	Rows   int64
	Nulls  int64
}

// Counted is a value with the number of rows that hold it.
type Counted struct {
	Value Value
	Count int64
}

// Add takes one value, of which at most most are kept; null is not a value.
func (t *Top) Add(v Value, count int64, most int) {
	if !v.Null && len(t.Values) < most {
		t.Values = append(t.Values, Counted{Value: v, Count: count})
	}
}
