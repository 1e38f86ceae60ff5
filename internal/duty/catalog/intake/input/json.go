package input

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"

	"fontis/internal/vocab"
)

// jsonReader gives the entries of a data.json (DCAT-US 1.1), of a catalog
// object without context and type, or of a bare list, one at a time.
//
// An entry's cells are named by their path: publisher.name. A list's elements
// stand one a line; those of a list of objects one a line under each path.
type jsonReader struct {
	in      *bufio.Reader
	facts   Facts
	lim     Limits
	decoded bool
	columns []string
	known   map[string]bool
	entry   int
	state   jsonState
	open    int // objects around the list of entries
}

// jsonState is where in the document the reader stands.
type jsonState int

const (
	inList     jsonState = iota // a list is the whole document
	inCatalog                   // inside the catalog object's list of data sets
	atDocument                  // the list has ended
)

// isEntryList reports whether the key is one under which catalogs keep their entries.
func isEntryList(key string) bool { return key == "dataset" || key == "datasets" || key == "results" }

func newJSONReader(r io.Reader, facts Facts, lim Limits, decoded bool) (*jsonReader, error) {
	j := &jsonReader{in: bufio.NewReaderSize(r, 64<<10), facts: facts, lim: lim.orShipped(), decoded: decoded, known: map[string]bool{}}
	j.usualColumns()
	b, err := j.token()
	if err != nil {
		return nil, err
	}
	if b == '[' {
		j.state = inList
		return j, nil
	}
	return j, j.findList()
}

// usualColumns are there whatever the first entries say.
func (j *jsonReader) usualColumns() {
	usual := []string{
		"identifier", "title", "description", "publisher.name", "keyword", "theme", "accessLevel",
		"accrualPeriodicity", "issued", "modified", "landingPage", "license", "spatial",
	}
	if j.facts.Format == CKAN {
		usual = []string{"id", "title", "notes", "organization.title", "tags.name", "groups.title", "license_title", "metadata_created", "metadata_modified", "url"}
	}
	for _, c := range usual {
		j.column(c)
	}
}

// Columns are the paths seen so far, the usual ones first.
func (j *jsonReader) Columns() []string { return slices.Clone(j.columns) }

// Facts tell how the file was understood.
func (j *jsonReader) Facts() Facts { return j.facts }

// Close ends the reading.
func (j *jsonReader) Close() error { return nil }

func (j *jsonReader) column(name string) bool {
	if j.known[name] {
		return true
	}
	if len(j.columns) >= j.lim.Columns {
		return false
	}
	j.known[name] = true
	j.columns = append(j.columns, name)
	return true
}

// findList passes over the members of the catalog object up to its list. An answer
// of CKAN has the list in its result, or one object further in.
func (j *jsonReader) findList() error {
	if j.open++; j.open > 2 {
		return j.broken()
	}
	for first := true; ; first = false {
		key, more, err := j.member(first)
		if err != nil {
			return err
		}
		if !more {
			return vocab.FileUnreadable.Because("the JSON has no list called dataset or results, and is no entry by itself: that has a title with a description, notes or an identifier, or is a package of CKAN").
				WithFix("send a data.json (DCAT-US 1.1), an answer of package_search, a list of entries in brackets, or one entry a line")
		}
		b, err := j.token()
		if err != nil {
			return err
		}
		if (isEntryList(key) || key == "result") && b == '[' {
			j.state = inCatalog
			return nil
		}
		if key == "result" && b == '{' {
			return j.findList()
		}
		if _, err := j.rest(b); err != nil {
			return err
		}
	}
}

// member reads a comma, a key and a colon; more is false at the closing brace.
func (j *jsonReader) member(first bool) (key string, more bool, err error) {
	b, err := j.token()
	if err != nil {
		return "", false, err
	}
	if b == '}' {
		return "", false, nil
	}
	if !first {
		if b != ',' {
			return "", false, j.broken()
		}
		if b, err = j.token(); err != nil {
			return "", false, err
		}
	}
	if b != '"' {
		return "", false, j.broken()
	}
	raw, err := j.rest(b)
	if err != nil {
		return "", false, err
	}
	if err := json.Unmarshal(raw, &key); err != nil {
		return "", false, j.broken()
	}
	if b, err = j.token(); err != nil || b != ':' {
		return "", false, j.broken()
	}
	return key, true, nil
}

// Next gives the next entry.
func (j *jsonReader) Next() (Record, error) {
	if j.state == atDocument {
		return Record{}, io.EOF
	}
	b, err := j.token()
	if err != nil {
		return Record{}, err
	}
	if b == ']' {
		return Record{}, j.finish()
	}
	if j.entry > 0 {
		if b != ',' {
			return Record{}, j.broken()
		}
		if b, err = j.token(); err != nil {
			return Record{}, err
		}
	}
	j.entry++
	raw, err := j.rest(b)
	if err != nil {
		return Record{}, err
	}
	return j.record(raw)
}

// finish reads what follows the list, so that a file cut short is noticed.
func (j *jsonReader) finish() error {
	j.state = atDocument
	for j.open > 0 {
		key, more, err := j.member(false)
		if err != nil {
			return err
		}
		if !more {
			j.open--
			continue
		}
		if isEntryList(key) {
			return vocab.FileUnreadable.Because("the catalog names the list %s twice or a second list", key).
				WithFix("keep one list of entries")
		}
		b, err := j.token()
		if err != nil {
			return err
		}
		if _, err := j.rest(b); err != nil {
			return err
		}
	}
	if b, err := j.token(); err == nil {
		return vocab.FileUnreadable.Because("after the end of the JSON stands %q", string(rune(b))).WithFix("send one JSON document a file")
	}
	return io.EOF
}

func (j *jsonReader) broken() error {
	return vocab.FileUnreadable.Because("the JSON is broken after entry %d", j.entry).WithFix("mend the file at that place")
}

// token gives the next byte that is not white space.
func (j *jsonReader) token() (byte, error) {
	for {
		b, err := j.in.ReadByte()
		if err == io.EOF {
			return 0, vocab.FileUnreadable.Because("the JSON ends early, after entry %d", j.entry).WithFix("fetch the file again")
		}
		if err != nil {
			return 0, vocab.FileUnreadable.Wrap(err, "read after entry %d", j.entry)
		}
		if b != ' ' && b != '\t' && b != '\n' && b != '\r' {
			return b, nil
		}
	}
}

// rest gives the value that begins with b, unread, at most one line limit long.
func (j *jsonReader) rest(b byte) ([]byte, error) {
	raw := []byte{b}
	depth, inText, escaped := 0, false, false
	for {
		switch {
		case inText && escaped:
			escaped = false
		case inText:
			escaped, inText = b == '\\', b != '"'
		case b == '"':
			inText = true
		case b == '{' || b == '[':
			depth++
		case b == '}' || b == ']':
			depth--
		}
		if depth == 0 && !inText {
			if b == '"' || b == '}' || b == ']' || endsHere(j.in) {
				return raw, nil
			}
		}
		if len(raw) > j.lim.Line {
			return nil, vocab.FileTooLarge.Because("entry %d is longer than %s", max(j.entry, 1), BytesWord(j.lim.Line)).
				WithFix("take it out of the file, or split it")
		}
		var err error
		if b, err = j.in.ReadByte(); err != nil {
			return nil, vocab.FileUnreadable.Because("the JSON ends early, in entry %d", j.entry).WithFix("fetch the file again")
		}
		raw = append(raw, b)
	}
}

// endsHere reports whether a bare value such as a number ends before the next
// byte.
func endsHere(in *bufio.Reader) bool {
	next, err := in.Peek(1)
	return err != nil || bytes.IndexByte([]byte(" \t\r\n,]}:"), next[0]) >= 0
}

func (j *jsonReader) record(raw []byte) (Record, error) {
	rec := Record{Line: j.entry, Cells: map[string]string{}}
	reject := func(p Problem, args ...string) {
		rec.Troubles = append(rec.Troubles, Trouble{Problem: p, Line: j.entry, Args: args, Rejects: true})
	}
	if !utf8.Valid(raw) || j.decoded && bytes.Contains(raw, []byte("\uFFFD")) {
		reject(BadBytes, j.facts.Encoding)
	}
	if hasLoneSurrogate(raw) {
		reject(LoneSurrogate)
	}
	f := flattener{d: json.NewDecoder(bytes.NewReader(raw)), cells: rec.Cells, top: map[string]bool{}}
	f.d.UseNumber()
	if err := f.entry(); err != nil {
		reject(NotJSON, Cut(err.Error(), 120))
	}
	for _, k := range f.twice {
		reject(KeyTwice, Cut(k, 60))
	}
	for path, text := range rec.Cells {
		if !j.column(path) {
			return rec, vocab.FileTooLarge.Because("the entries use more than %d different keys, up to entry %d", j.lim.Columns, j.entry)
		}
		if len(text) > j.lim.Cell {
			rec.Cells[path] = Cut(text, 200)
			reject(CellTooLong, BytesWord(j.lim.Cell))
			continue
		}
		clean, problem := hygiene(text, false)
		if problem == NulByte || problem == Damaged && len(rec.Troubles) == 0 {
			rec.Troubles = append(rec.Troubles, Trouble{Problem: problem, Line: j.entry, Column: path, Value: Cut(clean, CutRunes)})
		}
		rec.Cells[path] = clean
	}
	if f.top["accessLevel"] {
		for _, need := range dcatNeeds() {
			if !f.top[need] {
				rec.Troubles = append(rec.Troubles, Trouble{Problem: DCATMissing, Line: j.entry, Column: need, Args: []string{need}})
			}
		}
	}
	return rec, nil
}

// dcatNeeds are the fields that DCAT-US 1.1 requires of every data set.
func dcatNeeds() []string {
	return []string{"accessLevel", "bureauCode", "contactPoint", "description", "identifier", "keyword", "modified", "programCode", "publisher", "title"}
}

// flattener turns one entry into cells and notices keys that stand twice,
// which the standard decoder passes over.
type flattener struct {
	d     *json.Decoder
	cells map[string]string
	top   map[string]bool
	twice []string
}

// maxDepth bounds the nesting of an entry.
const maxDepth = 32

func (f *flattener) entry() error {
	t, err := f.d.Token()
	if err != nil {
		return err
	}
	if t != json.Delim('{') {
		return errors.New("the entry is not an object")
	}
	if err := f.object("", 1); err != nil {
		return err
	}
	if _, err := f.d.Token(); err != io.EOF {
		return errors.New("more follows the end of the entry")
	}
	return nil
}

// extra reads one of CKAN's pairs of key and value as a cell of the key's name.
func (f *flattener) extra(path string, depth int) error {
	own := flattener{d: f.d, cells: map[string]string{}, top: f.top}
	if err := own.object(path, depth); err != nil {
		return err
	}
	key, value := own.cells[path+".key"], own.cells[path+".value"]
	if key != "" {
		if value != "" {
			f.put(path+"."+key, value)
		}
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(own.cells)) {
		f.put(name, own.cells[name])
	}
	f.twice = append(f.twice, own.twice...)
	return nil
}

func (f *flattener) object(path string, depth int) error {
	if depth > maxDepth {
		return errors.New("the entry is nested more than " + strconv.Itoa(maxDepth) + " deep")
	}
	seen := map[string]bool{}
	for f.d.More() {
		t, err := f.d.Token()
		if err != nil {
			return err
		}
		key, _ := t.(string)
		if seen[key] {
			f.twice = append(f.twice, key)
		}
		seen[key] = true
		if depth == 1 {
			f.top[key] = true
		} else {
			key = path + "." + key
		}
		if err := f.value(key, depth); err != nil {
			return err
		}
	}
	_, err := f.d.Token()
	return err
}

func (f *flattener) value(path string, depth int) error {
	t, err := f.d.Token()
	if err != nil {
		return err
	}
	switch v := t.(type) {
	case json.Delim:
		if v == '{' && path == "extras" {
			return f.extra(path, depth+1)
		}
		if v == '{' {
			return f.object(path, depth+1)
		}
		if depth > maxDepth {
			return errors.New("the entry is nested more than " + strconv.Itoa(maxDepth) + " deep")
		}
		for f.d.More() {
			if err := f.value(path, depth+1); err != nil {
				return err
			}
		}
		_, err := f.d.Token()
		return err
	case string:
		f.put(path, v)
	case json.Number:
		f.put(path, v.String())
	case bool:
		f.put(path, strconv.FormatBool(v))
	}
	return nil
}

func (f *flattener) put(path, text string) {
	if had, ok := f.cells[path]; ok {
		text = had + "\n" + text
	}
	f.cells[path] = text
}

// hasLoneSurrogate finds \uD800-\uDFFF escapes that make no pair; the standard
// decoder turns them into a replacement sign without a word.
func hasLoneSurrogate(raw []byte) bool {
	for i := 0; i+1 < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		if raw[i+1] != 'u' {
			i++
			continue
		}
		switch unit := hex4(raw, i+2); {
		case unit >= 0xD800 && unit < 0xDC00:
			if i+7 >= len(raw) || raw[i+6] != '\\' || raw[i+7] != 'u' {
				return true
			}
			if low := hex4(raw, i+8); low < 0xDC00 || low > 0xDFFF {
				return true
			}
			i += 11
		case unit >= 0xDC00 && unit <= 0xDFFF:
			return true
		default:
			i += 5
		}
	}
	return false
}

func hex4(raw []byte, at int) int64 {
	if at+4 > len(raw) {
		return -1
	}
	n, err := strconv.ParseUint(string(raw[at:at+4]), 16, 32)
	if err != nil {
		return -1
	}
	return int64(n)
}
