package importing

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/intake"
	"fontis/internal/duty/catalog/intake/input"
	"fontis/internal/edge/taking"
	"fontis/internal/edge/web/page"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// importPage takes a department's own list.
type importPage struct{ Form *page.Form }

func (s *Section) importFile(v *page.Visit) (any, error) {
	if err := v.Actor.Must(vocab.Steward); err != nil {
		return nil, err
	}
	return importPage{Form: v.Form(page.Form{Action: "/import", Name: "upload", Files: true, Fields: []page.Field{
		{Name: "file", Text: "catalog_file", Kind: "file", Hint: true, Need: true},
		{Name: "encoding", Kind: "select", Hint: true, Options: v.OrNone(page.Just([]string{input.UTF8, input.GB18030, input.Big5, input.UTF16LE, input.UTF16BE}))},
		{Name: "mapping", Text: "mapping_file", Kind: "file", Hint: true},
	}})}, nil
}

// sent is what is known of an upload while it waits for its mapping.
type sent struct {
	Name     string          `json:"name"`
	Encoding string          `json:"encoding,omitempty"`
	Mapping  *intake.Mapping `json:"mapping,omitempty"`
	Text     bool            `json:"text,omitempty"` // though its name says workbook
}

// mostColumns is how many columns a page asks about; each is a choice of its own.
const mostColumns = 200

// fits refuses a table that a page cannot ask about: a catalog has some dozens of
// columns, and none is left out without a word.
func fits(p intake.Proposal) error {
	if len(p.Columns) <= mostColumns {
		return nil
	}
	return vocab.FileTooLarge.Because("the table has more than %d columns, and the page asks about each", mostColumns).
		WithFix("Take the columns out that say nothing of a data set, or import with a mapping file: fontis import FILE --mapping MAPPING")
}

// textNamedBook reports whether the name says workbook and the bytes are text.
func textNamedBook(file io.ReaderAt, name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".xlsx", ".xlsm", ".ods":
	default:
		return false
	}
	var sign [2]byte
	n, _ := file.ReadAt(sign[:], 0)
	return n == len(sign) && string(sign[:]) != "PK"
}

// folder is where an upload of the member lies; another member's id leads nowhere.
func folder(v *page.Visit, id string) string {
	sum := sha256.Sum256([]byte(string(v.Actor.Member) + "/" + id))
	return "pages/import/" + hex.EncodeToString(sum[:16]) + "/"
}

func (s *Section) upload(v *page.Visit) (string, error) {
	if err := v.Actor.Must(vocab.Steward); err != nil {
		return "", err
	}
	file, head, err := v.File("file")
	if err != nil {
		return "", err
	}
	defer file.Close()
	what := sent{Name: head.Filename, Encoding: v.Said("encoding")}
	if what.Mapping, err = sentMapping(v); err != nil {
		return "", err
	}
	p, err := taking.Propose(taking.File{ReaderAt: file, Name: what.Name, Size: head.Size}, what.Encoding, what.Mapping)
	if err != nil {
		return "", err // a file that nobody can read is not kept
	}
	if err := fits(p); err != nil {
		return "", err
	}
	what.Text = textNamedBook(file, what.Name)
	id := vocab.NewID("up")
	if err := s.keepJSON(v.Ctx(), folder(v, id)+"sent.json", what); err != nil {
		return "", err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	if err := s.Blobs.Put(v.Ctx(), folder(v, id)+"file", file); err != nil {
		return "", err
	}
	return "/import/" + id, s.shelve(v, Upload{ID: id, Name: what.Name, At: v.Clock.Now()})
}

// sentMapping is the mapping file that came along, if one did.
func sentMapping(v *page.Visit) (*intake.Mapping, error) {
	file, head, err := v.R.FormFile("mapping")
	if err != nil || head.Size == 0 {
		return nil, nil
	}
	defer file.Close()
	m, err := intake.ReadMapping(file)
	return &m, err
}

func (s *Section) keepJSON(ctx context.Context, name string, value any) error {
	b, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return s.Blobs.Put(ctx, name, bytes.NewReader(b))
}

func (s *Section) readJSON(ctx context.Context, name string, into any) error {
	r, err := s.Blobs.Open(ctx, name)
	if err != nil {
		return notThere(err)
	}
	defer r.Close()
	return json.NewDecoder(r).Decode(into)
}

// notThere hides the name of a blob: another's upload and none look the same.
func notThere(err error) error {
	if vocab.KindOf(err) == vocab.NotFound {
		return identity.NotYours()
	}
	return err
}

// spool copies an upload into a file that can be read at any place.
func (s *Section) spool(v *page.Visit) (*os.File, int64, error) {
	in, err := s.Blobs.Open(v.Ctx(), folder(v, v.ID("id"))+"file")
	if err != nil {
		return nil, 0, notThere(err)
	}
	defer in.Close()
	f, err := os.CreateTemp("", "fontis-import-*")
	if err != nil {
		return nil, 0, err
	}
	n, err := io.Copy(f, in)
	if err != nil {
		unspool(f)
		return nil, 0, err
	}
	return f, n, nil
}

// unspool removes what spool made; a file that stays is the system's to sweep.
func unspool(f *os.File) { _ = errors.Join(f.Close(), os.Remove(f.Name())) }

// mappingPage says what each column means.
type mappingPage struct {
	File    string
	ID      string
	Form    *page.Form
	Columns int
	Text    bool // read as text, though its name says workbook
}

func (s *Section) mapping(v *page.Visit) (any, error) {
	var what sent
	if err := s.readJSON(v.Ctx(), folder(v, v.ID("id"))+"sent.json", &what); err != nil {
		return nil, err
	}
	file, size, err := s.spool(v)
	if err != nil {
		return nil, err
	}
	defer unspool(file)
	p, err := taking.Propose(taking.File{ReaderAt: file, Name: what.Name, Size: size}, what.Encoding, what.Mapping)
	if err != nil {
		return nil, err
	}
	if err := fits(p); err != nil {
		return nil, err
	}
	own, err := v.Identity.MemberNames(v.Ctx(), v.Actor.Member)
	if err != nil {
		return nil, err
	}
	taking.OfOwn(&p.Mapping, own[v.Actor.Member])
	return mappingPage{File: what.Name, ID: v.ID("id"), Columns: len(p.Columns), Text: what.Text, Form: v.Form(page.Form{Name: "run_import", Fields: mappingFields(v, p)})}, nil
}

// leftOut is the choice for a column that is left out on purpose.
const leftOut = "-"

func mappingFields(v *page.Visit, p intake.Proposal) []page.Field {
	var out []page.Field
	targets := targets(v)
	for i, c := range p.Columns {
		out = append(out, page.Field{Name: columnName(i), Label: columnLabel(v, c.Column), Kind: "select", Samples: c.Sample, Value: chosenFor(p.Mapping, c), Options: slices.Clone(targets)})
	}
	modes := page.Words(v, "item_mode", []intake.ItemMode{intake.NoItems, intake.ItemsList, intake.ItemsLines})
	out = append(out, page.Field{Name: "item_mode", Kind: "select", Hint: true, Value: string(p.Mapping.Items), Options: modes})
	for _, f := range constants() {
		in := page.Field{Name: "constant " + string(f), Text: "entry_" + string(f), Value: p.Mapping.Constants[intake.Field(f)]}
		if list := entry.Words(f); list != nil {
			in.Kind, in.Options = "select", v.OrNone(page.Words(v, string(f), list))
		}
		out = append(out, in)
	}
	return append(out, page.Field{Name: "all_or_none", Kind: "check"})
}

// columnLabel is the column's name, in the reader's language where the file gives
// none and it is only counted.
func columnLabel(v *page.Visit, name string) string {
	rest, counted := strings.CutPrefix(name, "column ")
	if n, err := strconv.Atoi(rest); counted && err == nil {
		return v.Look().Must("page.mapping.column", n)
	}
	return name
}

// constants are the fields that lists most often leave out, because they are the
// same on every line.
func constants() []entry.Field {
	return []entry.Field{entry.FieldProvider, entry.FieldOrigin, entry.FieldShare, entry.FieldCycle, entry.FieldSubject}
}

func columnName(i int) string { return "column " + hex.EncodeToString([]byte{byte(i >> 8), byte(i)}) }

func chosenFor(m intake.Mapping, c intake.Suggestion) string {
	for _, r := range m.Map {
		if r.Column == c.Column {
			return string(r.Field)
		}
	}
	return leftOut
}

// targets are the fields that a column may go to, in the reader's language.
func targets(v *page.Visit) []page.Option {
	out := []page.Option{{Value: leftOut, Label: v.Look().Must("page.label.left_out")}}
	for _, f := range intake.Targets() {
		out = append(out, page.Option{Value: string(f), Label: v.Look().Must("page.label.target_" + strings.ReplaceAll(string(f), ".", "_"))})
	}
	return out
}

// chosenMapping is the proposal with what the steward chose in its place. Rules
// with a pattern stay as the mapping file has them.
func chosenMapping(v *page.Visit, p intake.Proposal) intake.Mapping {
	m := p.Mapping
	old := m.Map
	m.Map, m.Ignore, m.Items = nil, nil, intake.ItemMode(v.Said("item_mode"))
	for i, c := range p.Columns {
		to := v.Said(columnName(i))
		if to == leftOut || to == "" {
			m.Ignore = append(m.Ignore, c.Column)
			continue
		}
		rule := intake.Rule{Column: c.Column, Field: intake.Field(to)}
		for _, r := range old {
			if r.Column == c.Column && string(r.Field) == to {
				rule = r
			}
		}
		m.Map = append(m.Map, rule)
	}
	m.Constants = map[intake.Field]string{}
	for _, f := range constants() {
		if value := v.Said("constant " + string(f)); value != "" {
			m.Constants[intake.Field(f)] = value
		}
	}
	return m
}
