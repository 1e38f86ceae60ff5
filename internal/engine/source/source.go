package source

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"fontis/internal/engine/clock"
	"fontis/internal/vocab"
)

// The limits of one call. MaxSubjects bounds the statement's parameter: a batch
// larger than this is cut by its caller. MaxTopRows bounds the rows that a
// statistic reads.
const (
	DefaultTimeout = 5 * time.Second
	MaxTimeout     = 2 * time.Minute
	DefaultMaxRows = 100_000
	MaxSubjects    = 10_000
	MaxTopValues   = 10_000
	MaxTopRows     = 1_000_000
)

// The time beyond the source's own limit after which we hang up: long enough
// for an orderly refusal by the source to arrive first.
const patience = 500 * time.Millisecond

// Probe asks many small questions, each within the time limit; together they may
// take this many times as long.
const probeSteps = 4

// Password is a source's password. It never prints.
type Password string

// String hides the password.
func (Password) String() string { return "[password]" }

// GoString hides the password from %#v.
func (Password) GoString() string { return "[password]" }

// LogValue hides the password from structured logs.
func (Password) LogValue() slog.Value { return slog.StringValue("[password]") }

// Spec says which source to open and how much it may be asked.
type Spec struct {
	Kind    Kind          // may be empty: the address tells
	Address string        // without a password
	Timeout time.Duration // for one call; 0 means DefaultTimeout
	MaxRows int           // for one call; 0 means DefaultMaxRows
}

// Drivers opens sources. Only package app fills it.
type Drivers struct {
	Clock   clock.Clock
	Connect map[Kind]Connect
}

// Source is an open source. It is safe for concurrent use.
type Source struct {
	driver  Driver
	clock   clock.Clock
	address Address
	timeout time.Duration
	maxRows int

	mu      sync.Mutex // guards catalog
	catalog []Table    // nil until first needed, and again when the source has changed
}

// Report is what Probe found.
type Report struct {
	Address string   `json:"address"`
	Account string   `json:"account,omitempty"`
	Tables  []Table  `json:"tables"`
	Powers  []Power  `json:"powers,omitempty"`
	Notes   []string `json:"notes,omitempty"`
}

// Version says which state of the source an answer was read from. Mark changes
// whenever the source has changed, where the source can tell that cheaply; AsOf
// is the time of reading, or the date of a dated register.
type Version struct {
	AsOf time.Time
	Mark string
}

// Query asks for the rows of a batch of subjects.
type Query struct {
	Table         string
	SubjectColumn string
	Subjects      []string
	Columns       []string
	Where         []Condition
}

// Record is what a source holds about one subject: no row, one or several.
// Marked says that the source holds the subject under a number that cannot be
// right, as a register loaded from a file may.
type Record struct {
	Subject string
	Rows    [][]Value
	Marked  bool
}

// Open opens a source of any kind that has a driver. It does not yet reach the
// source; Probe does.
func (d Drivers) Open(ctx context.Context, s Spec, password Password) (*Source, error) {
	a, err := ParseAddress(s.Address)
	if err != nil {
		return nil, fmt.Errorf("open source: %w", err)
	}
	if s.Kind != "" && s.Kind != a.Kind {
		return nil, vocab.BadInput.Because("the source is declared %s, its address is %s", s.Kind, a.Kind)
	}
	connect, ok := d.Connect[a.Kind]
	if !ok {
		return nil, vocab.NotOffered.Because("this node has no driver for sources of kind %s", a.Kind)
	}
	if s.Timeout < 0 || s.Timeout > MaxTimeout || s.MaxRows < 0 {
		return nil, vocab.BadInput.Because("the time limit is %s and the row limit %d: allowed are up to %s, and no negative number", s.Timeout, s.MaxRows, MaxTimeout)
	}
	src := &Source{clock: d.Clock, address: a, timeout: s.Timeout, maxRows: s.MaxRows}
	if src.timeout == 0 {
		src.timeout = DefaultTimeout
	}
	if src.maxRows == 0 {
		src.maxRows = DefaultMaxRows
	}
	src.driver, err = connect(ctx, a, Options{Password: password, Timeout: src.timeout})
	if err != nil {
		return nil, fmt.Errorf("open source %s: %w", a, err)
	}
	return src, nil
}

// Close ends every connection.
func (s *Source) Close() error { return s.driver.Close() }

// Address is where the source is, without its password.
func (s *Source) Address() string { return s.address.String() }

// Probe reaches the source, lists what can be read, and proves that the account
// cannot write. An account that can is refused with vocab.SourceWritable, and
// the report still tells what was found.
func (s *Source) Probe(ctx context.Context) (Report, error) {
	ctx, cancel := context.WithTimeout(ctx, probeSteps*s.timeout+patience)
	defer cancel()
	r := Report{Address: s.Address()}
	powers, err := s.driver.Powers(ctx)
	if err != nil {
		return r, s.explain(ctx, "probe", err)
	}
	r.Account, r.Powers, r.Notes = powers.Account, powers.Found, powers.Notes
	tables, err := s.refresh(ctx)
	if err != nil {
		return r, s.explain(ctx, "probe", err)
	}
	r.Tables = tables
	if len(r.Powers) > 0 {
		return r, writable(r)
	}
	return r, nil
}

// Lookup reads the rows of every subject asked, in one statement and one
// read-only transaction. Every subject gets a Record, in the order asked; one
// asked twice gets the same rows twice.
func (s *Source) Lookup(ctx context.Context, q Query) ([]Record, Version, error) {
	if len(q.Subjects) == 0 || len(q.Subjects) > MaxSubjects {
		return nil, Version{}, vocab.BadInput.Because("%d subjects were asked at once: allowed are 1 to %d", len(q.Subjects), MaxSubjects)
	}
	ctx, cancel := s.bound(ctx)
	defer cancel()
	scan, err := s.plan(ctx, q)
	if err != nil {
		return nil, Version{}, s.explain(ctx, "look up", err)
	}
	version := Version{AsOf: s.clock.Now()}
	var batch Batch
	if len(scan.Subjects) > 0 {
		if batch, err = s.rows(ctx, scan); err != nil {
			return nil, Version{}, s.explain(ctx, "look up", err)
		}
	}
	version.Mark = batch.Mark
	if !batch.AsOf.IsZero() {
		version.AsOf = batch.AsOf
	}
	return sortOut(q.Subjects, batch), version, nil
}

// Sample reads the first n rows of a table. What it gives is unmasked: it is
// for a source's own steward under a custody permit, and masked before shown.
func (s *Source) Sample(ctx context.Context, table string, columns []string, n int) ([][]Value, error) {
	if n < 1 || n > 1000 {
		return nil, vocab.BadInput.Because("a sample of %d rows was asked: allowed are 1 to 1000", n)
	}
	ctx, cancel := s.bound(ctx)
	defer cancel()
	t, err := s.table(ctx, table)
	if err != nil {
		return nil, s.explain(ctx, "sample", err)
	}
	cols, err := pick(t, columns)
	if err != nil {
		return nil, s.explain(ctx, "sample", err)
	}
	batch, err := s.driver.Rows(ctx, Scan{Table: t, Columns: cols, Limit: n})
	if err != nil {
		return nil, s.explain(ctx, "sample", err)
	}
	return batch.Rows[:min(n, len(batch.Rows))], nil
}

// PageQuery asks for a page of all rows of a table, in the order of its key.
type PageQuery struct {
	Table   string
	Key     string // a column of text or whole numbers
	After   string // the last key of the page before; "" begins
	Limit   int
	Columns []string
}

// MaxPage bounds the rows of one page.
const MaxPage = 1000

// Rows are a page: each begins with its key. More says that others follow.
type Rows struct {
	Rows [][]Value
	More bool
}

// Page reads the rows after a key, in order; rows of one key are never parted. It
// is for sets that are open to everybody, under an open permit.
func (s *Source) Page(ctx context.Context, q PageQuery) (Rows, Version, error) {
	if q.Limit < 1 || q.Limit > MaxPage {
		return Rows{}, Version{}, vocab.BadInput.Because("a page of %d rows was asked: allowed are 1 to %d", q.Limit, MaxPage)
	}
	ctx, cancel := s.bound(ctx)
	defer cancel()
	scan, err := s.planPage(ctx, q)
	if err != nil {
		return Rows{}, Version{}, s.explain(ctx, "page", err)
	}
	version := Version{AsOf: s.clock.Now()}
	batch, err := s.driver.Rows(ctx, scan)
	if err != nil {
		return Rows{}, Version{}, s.explain(ctx, "page", err)
	}
	version.Mark = batch.Mark
	if !batch.AsOf.IsZero() {
		version.AsOf = batch.AsOf
	}
	out := Rows{Rows: batch.Rows, More: len(batch.Rows) > q.Limit}
	if out.More {
		if out.Rows = wholeKeys(batch.Rows); len(out.Rows) == 0 {
			return Rows{}, Version{}, vocab.SourceOverfull.Because("one key of %s has more than %d rows", q.Table, q.Limit).WithFix("ask for larger pages, up to %d rows", MaxPage)
		}
	}
	return out, version, nil
}

func (s *Source) planPage(ctx context.Context, q PageQuery) (Scan, error) {
	t, err := s.table(ctx, q.Table)
	if err != nil {
		return Scan{}, err
	}
	key, err := pick(t, []string{q.Key})
	if err != nil {
		return Scan{}, err
	}
	if k := key[0].Kind; k != Text && k != Integer {
		return Scan{}, vocab.NotOffered.Because("column %s is of kind %s; pages are read in the order of text or of whole numbers", q.Key, k)
	}
	if q.After != "" && !askable(q.After, key[0]) {
		return Scan{}, vocab.BadInput.Because("no key of %s has the form of the one to go on from", q.Table)
	}
	columns, err := pick(t, q.Columns)
	if err != nil {
		return Scan{}, err
	}
	return Scan{Table: t, Subject: &key[0], Columns: columns, Limit: q.Limit, Paged: true, After: q.After}, nil
}

// wholeKeys leaves out the rows of the last key, of which more may follow.
func wholeKeys(rows [][]Value) [][]Value {
	n := len(rows) - 1
	for last := rows[n][0].Text; n > 0 && rows[n-1][0].Text == last; {
		n--
	}
	return rows[:n]
}

// TopValues counts the most frequent values of a column, at most limit of them
// and among the first MaxTopRows rows. Detecting refused tags lives on it.
func (s *Source) TopValues(ctx context.Context, table, column string, limit int) (Top, error) {
	if limit < 1 || limit > MaxTopValues {
		return Top{}, vocab.BadInput.Because("%d values were asked: allowed are 1 to %d", limit, MaxTopValues)
	}
	ctx, cancel := s.bound(ctx)
	defer cancel()
	t, err := s.table(ctx, table)
	if err != nil {
		return Top{}, s.explain(ctx, "count values", err)
	}
	cols, err := pick(t, []string{column})
	if err != nil {
		return Top{}, s.explain(ctx, "count values", err)
	}
	top, err := s.driver.Top(ctx, TopScan{Table: t, Column: cols[0], Values: limit, Scanned: MaxTopRows})
	if err != nil {
		return Top{}, s.explain(ctx, "count values", err)
	}
	return top, nil
}

// plan turns names into columns of the catalog. Subjects that no text column can
// hold are left out: they have no record.
func (s *Source) plan(ctx context.Context, q Query) (Scan, error) {
	t, err := s.table(ctx, q.Table)
	if err != nil {
		return Scan{}, err
	}
	subject, err := pick(t, []string{q.SubjectColumn})
	if err != nil {
		return Scan{}, err
	}
	columns, err := pick(t, q.Columns)
	if err != nil {
		return Scan{}, err
	}
	scan := Scan{Table: t, Subject: &subject[0], Columns: columns, Limit: s.maxRows}
	for _, c := range q.Where {
		col, err := pick(t, []string{c.Column})
		if err != nil {
			return Scan{}, err
		}
		if err := c.fits(col[0]); err != nil {
			return Scan{}, err
		}
		scan.Where = append(scan.Where, Bound{Column: col[0], Op: c.Op, Values: c.Values})
	}
	for _, v := range q.Subjects {
		if askable(v, subject[0]) {
			scan.Subjects = append(scan.Subjects, v)
		}
	}
	slices.Sort(scan.Subjects)
	scan.Subjects = slices.Compact(scan.Subjects)
	return scan, nil
}

// askable reports whether a column could hold the subject at all. Asking for a
// word in a column of numbers is no error: there is no such record.
func askable(v string, c Column) bool {
	if v == "" || !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
		return false
	}
	return fitsKind(v, c.Kind) && canonical(v, c.Kind) == v
}

func (s *Source) rows(ctx context.Context, scan Scan) (Batch, error) {
	batch, err := s.driver.Rows(ctx, scan)
	if err != nil {
		return Batch{}, err
	}
	if len(batch.Rows) > scan.Limit {
		return Batch{}, vocab.SourceOverfull.Because("%d subjects in %s have more than %d rows together", len(scan.Subjects), scan.Table.FullName(), scan.Limit).
			WithFix("ask for fewer subjects at once, add a condition, or raise max-rows of the source")
	}
	return batch, nil
}

// sortOut gives each subject its rows. A row whose subject was not asked in
// exactly that spelling, as a collation without case might find, is no answer.
func sortOut(subjects []string, batch Batch) []Record {
	found := make(map[string][][]Value, len(batch.Rows))
	for _, r := range batch.Rows {
		found[r[0].Text] = append(found[r[0].Text], r[1:])
	}
	records := make([]Record, len(subjects))
	for i, v := range subjects {
		records[i] = Record{Subject: v, Rows: found[v], Marked: batch.Marked[v]}
	}
	return records
}

// bound makes sure that the call ends even when the source never answers.
func (s *Source) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, s.timeout+patience)
}

// explain says what was tried. A call that ran out of time reads as slow however
// the driver put it; a catalog that proved wrong is read anew next time.
func (s *Source) explain(ctx context.Context, doing string, err error) error {
	if errors.Is(err, vocab.SourceUnknown) {
		s.forget()
	}
	var f *vocab.Failure
	late := errors.Is(ctx.Err(), context.DeadlineExceeded) || errors.Is(err, context.DeadlineExceeded)
	if late && (!errors.As(err, &f) || f.Kind == vocab.Unavailable || f.Kind == vocab.Internal) {
		err = vocab.SourceSlow.Because("no answer within %s", s.timeout)
	}
	return fmt.Errorf("%s in source %s: %w", doing, s.address, err)
}

func writable(r Report) error {
	const most = 20
	var what, mend []string
	for i, p := range r.Powers {
		if i == most {
			what = append(what, fmt.Sprintf("and %d more", len(r.Powers)-most))
			break
		}
		what = append(what, p.What)
	}
	for _, p := range r.Powers {
		if p.Mend != "" && !slices.Contains(mend, p.Mend) && len(mend) < most {
			mend = append(mend, p.Mend)
		}
	}
	return vocab.SourceWritable.Because("account %s could write: %s", r.Account, strings.Join(what, "; ")).
		WithFix("%s", strings.Join(mend, "\n"))
}
