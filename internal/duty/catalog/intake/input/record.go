package input

import (
	"strings"
	"unicode/utf8"
)

// Format is the shape of an input file.
type Format string

// The formats that are read.
const (
	CSV       Format = "csv"
	XLSX      Format = "xlsx"
	Titles    Format = "titles"    // one title a line
	DataJSON  Format = "data.json" // DCAT-US, or any other JSON list of entries
	JSONLines Format = "jsonl"     // one JSON entry a line
	CKAN      Format = "ckan"      // packages of CKAN: a dump, or an answer of package_search
	JSONLD    Format = "json-ld"   // DCAT
	Turtle    Format = "turtle"    // DCAT
	Package   Format = "datapackage"
)

// IsTable tells whether the format has lines and columns; others name the cells of
// each entry.
func (f Format) IsTable() bool { return f == CSV || f == XLSX || f == Titles }

// Limits bound what one file may ask of the machine. The zero value stands for
// the shipped limits.
type Limits struct {
	Cell     int   // bytes of one cell
	Line     int   // bytes of one line or one JSON entry
	Columns  int   // columns of a table
	Unpacked int64 // bytes of a workbook after unpacking
	Entries  int   // parts inside a workbook
	Ratio    int64 // unpacked size over packed size of one large part, or of a packed file
	Whole    int64 // bytes of a document that must be read as a whole
}

// The shipped limits. Excel itself ends at 32,767 signs a cell and 16,384
// columns; 256 MB unpacked holds about two million filled cells.
const (
	maxCell     = 1 << 20
	maxLine     = 8 << 20
	maxColumns  = 2000
	maxUnpacked = 256 << 20
	maxEntries  = 4096
	maxRatio    = 300
	maxWhole    = 48 << 20
)

func (l Limits) orShipped() Limits {
	if l.Cell == 0 {
		l.Cell = maxCell
	}
	if l.Line == 0 {
		l.Line = maxLine
	}
	if l.Columns == 0 {
		l.Columns = maxColumns
	}
	if l.Unpacked == 0 {
		l.Unpacked = maxUnpacked
	}
	if l.Entries == 0 {
		l.Entries = maxEntries
	}
	if l.Ratio == 0 {
		l.Ratio = maxRatio
	}
	if l.Whole == 0 {
		l.Whole = maxWhole
	}
	return l
}

// Record is one line of an input.
type Record struct {
	// Line is the physical line of a text file, the row of a sheet, or the
	// number of the entry in a data.json, from 1.
	Line int
	// Cells are the texts by column name; a cell that is absent is blank.
	Cells map[string]string
	// Troubles is what the reader found wrong with the line.
	Troubles []Trouble
}

// Facts tell how a file was understood, for the page and for the mapping file.
type Facts struct {
	Format     Format   `json:"format"`
	Next       string   `json:"next,omitempty"`    // the address of the next page, where the document names one
	Packing    string   `json:"packing,omitempty"` // taken off: gzip or zstd
	Encoding   string   `json:"encoding,omitempty"`
	Delimiter  string   `json:"delimiter,omitempty"`
	Sheet      string   `json:"sheet,omitempty"`
	Sheets     []string `json:"sheets,omitempty"`
	HeaderLine int      `json:"header_line"` // 0: the file has no header line
	// Notes concern the file as a whole: columns renamed, sheets not read.
	Notes []Trouble `json:"notes,omitempty"`
}

// Reader gives the records of one file, one at a time.
type Reader interface {
	// Columns are the names in the order of the file. A data.json may add names
	// while it is read.
	Columns() []string
	// Next gives io.EOF after the last record. A line that cannot be understood
	// comes as a record with troubles; an error ends the file.
	Next() (Record, error)
	// Facts tell how the file was understood.
	Facts() Facts
	Close() error
}

// CutRunes is how much of a cell a trouble shows.
const CutRunes = 80

// Cut shortens a value for showing.
func Cut(s string, runes int) string {
	if len(s) <= runes {
		return s
	}
	n := 0
	for i := range s {
		if n == runes {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

// hygiene takes out what no database keeps and names what it found. decoded
// says that the text came through a decoder, so that a replacement sign stands
// for bytes that were not of the encoding.
func hygiene(s string, decoded bool) (string, Problem) {
	if !utf8.ValidString(s) {
		return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "\uFFFD"), BadBytes
	}
	var found Problem
	if strings.IndexByte(s, 0) >= 0 {
		s, found = strings.ReplaceAll(s, "\x00", ""), NulByte
	}
	if strings.Contains(s, "\uFFFD") {
		if decoded {
			return s, BadBytes
		}
		return s, Damaged
	}
	return s, found
}
