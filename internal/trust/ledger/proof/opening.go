package proof

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"

	"fontis/internal/vocab"
)

// Opening is what a holder may see of a record: some fields with their keys,
// the bare digests of the others, and for one row of many the way up to it.
type Opening struct {
	Fields []Field
	Others []Hash
	Row    *RowPath
}

// RowPath opens one row: its own shown fields, the digests of its other fields,
// and the audit path from the row's root to the field "rows" of the leaf.
type RowPath struct {
	Index  uint64
	Count  uint64
	Fields []Field
	Others []Hash
	Path   []Hash
}

// Show says whether the holder may see the field of this name.
type Show func(name string) bool

// All shows every field.
func All(string) bool { return true }

// Only shows the named fields.
func Only(names ...string) Show {
	return func(name string) bool { return slices.Contains(names, name) }
}

// Open opens the shown fields of a record and gives the digests of the rest.
func Open(fields []Field, show Show) Opening {
	var o Opening
	o.Fields, o.Others = split(fields, show)
	return o
}

// OpenRow opens one row and, of the leaf above it, the field "rows" and what
// show allows besides. path comes from RowsTree.Path or PathFrom.
func OpenRow(leaf []Field, row RowPath, show Show) Opening {
	o := Open(leaf, func(name string) bool { return name == RowsName || show(name) })
	o.Row = &row
	return o
}

// Row makes the part of an opening that concerns one row.
func Row(index, count uint64, fields []Field, path []Hash, show Show) RowPath {
	r := RowPath{Index: index, Count: count, Path: path}
	r.Fields, r.Others = split(fields, show)
	return r
}

// split orders the hidden digests, so that their order tells nothing of the
// order of the fields in the record.
func split(fields []Field, show Show) (shown []Field, others []Hash) {
	for i := range fields {
		if show(fields[i].Name) {
			shown = append(shown, fields[i])
		} else {
			others = append(others, fields[i].Digest())
		}
	}
	sortHashes(others)
	return shown, others
}

// Get is the value of a shown field, of the row first, then of the leaf.
func (o *Opening) Get(name string) ([]byte, bool) {
	if o.Row != nil {
		if v, ok := find(o.Row.Fields, name); ok {
			return v, true
		}
	}
	return find(o.Fields, name)
}

func find(fields []Field, name string) ([]byte, bool) {
	for i := range fields {
		if fields[i].Name == name {
			return fields[i].Value, true
		}
	}
	return nil, false
}

// VerifyOpening tells whether the leaf commits to everything the opening shows.
func VerifyOpening(leaf Leaf, o Opening) error {
	if len(o.Fields) == 0 {
		return vocab.ProofFalse.Because("the opening shows no field of the entry")
	}
	root, err := openedRoot(o.Fields, o.Others)
	if err != nil {
		return err
	}
	if root != leaf.Root() {
		return vocab.ProofFalse.Because("the shown fields give root %x, the entry in the log commits to %x", root[:6], leaf[2:8])
	}
	if o.Row == nil {
		return nil
	}
	return verifyRow(o.Fields, o.Row)
}

func verifyRow(fields []Field, r *RowPath) error {
	value, ok := find(fields, RowsName)
	if !ok {
		return vocab.ProofFalse.Because("a row is shown, but not the field rows that would bind it to the entry")
	}
	rows, count, err := ParseRows(value)
	if err != nil {
		return err
	}
	if r.Count != count || r.Index >= count {
		return vocab.ProofFalse.Because("row %d of %d is shown, the entry has %d rows", r.Index, r.Count, count)
	}
	if len(r.Fields) == 0 {
		return vocab.ProofFalse.Because("row %d shows no field", r.Index)
	}
	own, err := openedRoot(r.Fields, r.Others)
	if err != nil {
		return err
	}
	if !VerifyInclusion(rows, LeafHash(own[:]), r.Index, count, r.Path) {
		return vocab.ProofFalse.Because("the shown fields of row %d do not lead to the root of the entry's %d rows", r.Index, count)
	}
	return nil
}

// openedRoot refuses two shown fields of one name: a reader would believe one
// of them.
func openedRoot(fields []Field, others []Hash) (Hash, error) {
	if len(fields)+len(others) > MaxFields {
		return Hash{}, vocab.BadInput.Because("%d fields are shown or hidden, at most %d can be", len(fields)+len(others), MaxFields)
	}
	seen := make(map[string]bool, len(fields))
	digests := slices.Clone(others)
	for i := range fields {
		name := fields[i].Name
		if err := checkName(name); err != nil {
			return Hash{}, err
		}
		if seen[name] {
			return Hash{}, vocab.ProofFalse.Because("the field %s is shown twice", name)
		}
		seen[name] = true
		digests = append(digests, fields[i].Digest())
	}
	return sortedRoot(digests), nil
}

func checkName(name string) error {
	if name == "" || len(name) > MaxName {
		return vocab.BadInput.Because("a field's name has 1 to %d bytes, this one has %d", MaxName, len(name))
	}
	for i := range len(name) {
		if name[i] <= ' ' || name[i] >= 0x7f {
			return vocab.BadInput.Because("a field's name %q holds more than printable ASCII", name)
		}
	}
	return nil
}

// The JSON form, stable from version 1 on. All bytes are standard base64 with
// padding; unknown members are refused, so that nothing unproven rides along:
//
//	{"v":1,
//	 "fields":[{"name":"purpose","value":"cGVuc2lvbg==","key":"<32 bytes>"}, ...],
//	 "others":["<32 bytes>", ...],
//	 "row":{"index":7,"count":100,"fields":[...],"others":[...],"path":["<32 bytes>", ...]}}
type (
	openingJSON struct {
		Version int         `json:"v"`
		Fields  []fieldJSON `json:"fields"`
		Others  []b64Hash   `json:"others,omitempty"`
		Row     *rowJSON    `json:"row,omitempty"`
	}
	rowJSON struct {
		Index  uint64      `json:"index"`
		Count  uint64      `json:"count"`
		Fields []fieldJSON `json:"fields"`
		Others []b64Hash   `json:"others,omitempty"`
		Path   []b64Hash   `json:"path,omitempty"`
	}
	fieldJSON struct {
		Name  string  `json:"name"`
		Value []byte  `json:"value"`
		Key   b64Hash `json:"key"`
	}
	b64Hash Hash
)

// MarshalText is the hash in base64.
func (h b64Hash) MarshalText() ([]byte, error) {
	return base64.StdEncoding.AppendEncode(nil, h[:]), nil
}

// UnmarshalText reads a hash of exactly 32 bytes in the one canonical form.
func (h *b64Hash) UnmarshalText(text []byte) error {
	got, err := parseHash(string(text))
	if err != nil {
		return err
	}
	*h = b64Hash(got)
	return nil
}

func parseHash(text string) (Hash, error) {
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != HashSize {
		return Hash{}, vocab.BadInput.Because("%.60q is not the base64 of %d bytes", text, HashSize)
	}
	return Hash(b), nil
}

// MarshalJSON writes the documented form.
func (o Opening) MarshalJSON() ([]byte, error) {
	j := openingJSON{Version: 1, Fields: toJSON(o.Fields), Others: b64(o.Others)}
	if r := o.Row; r != nil {
		j.Row = &rowJSON{Index: r.Index, Count: r.Count, Fields: toJSON(r.Fields), Others: b64(r.Others), Path: b64(r.Path)}
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads the documented form and nothing else.
func (o *Opening) UnmarshalJSON(b []byte) error {
	var j openingJSON
	if err := strictJSON(b, &j); err != nil {
		return err
	}
	if j.Version != 1 {
		return vocab.BadInput.Because("the opening says version %d, known is 1", j.Version)
	}
	*o = Opening{Fields: fromJSON(j.Fields), Others: unb64(j.Others)}
	if r := j.Row; r != nil {
		o.Row = &RowPath{Index: r.Index, Count: r.Count, Fields: fromJSON(r.Fields), Others: unb64(r.Others), Path: unb64(r.Path)}
	}
	return nil
}

func strictJSON(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return vocab.BadInput.Wrap(err, "reading the opening")
	}
	if d.More() {
		return vocab.BadInput.Because("something follows the opening at byte %d", d.InputOffset())
	}
	return nil
}

func toJSON(fields []Field) []fieldJSON {
	out := make([]fieldJSON, len(fields))
	for i, f := range fields {
		if f.Value == nil {
			f.Value = []byte{} // an empty value is "", never null
		}
		out[i] = fieldJSON{f.Name, f.Value, b64Hash(f.Key)}
	}
	return out
}

func fromJSON(in []fieldJSON) []Field {
	out := make([]Field, len(in))
	for i, f := range in {
		out[i] = Field{Name: f.Name, Value: f.Value, Key: f.Key}
	}
	return out
}

func b64(in []Hash) []b64Hash {
	out := make([]b64Hash, len(in))
	for i := range in {
		out[i] = b64Hash(in[i])
	}
	return out
}

func unb64(in []b64Hash) []Hash {
	if len(in) == 0 {
		return nil
	}
	out := make([]Hash, len(in))
	for i := range in {
		out[i] = Hash(in[i])
	}
	return out
}

// String hides the values: an opening is personal data.
func (o Opening) String() string {
	return fmt.Sprintf("[opening of %d fields]", len(o.Fields)+len(o.Others))
}

// String hides value and key.
func (f Field) String() string { return "[field " + f.Name + "]" }

// GoString hides value and key from %#v.
func (f Field) GoString() string { return f.String() }

// GoString hides the values from %#v.
func (o Opening) GoString() string { return o.String() }
