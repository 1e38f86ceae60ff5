package input

import (
	"bytes"
	"crypto/sha256"
	"io"

	"fontis/internal/vocab"
)

// Options say what the steward knows about a file; the zero value finds out.
type Options struct {
	// Name is the file's name, for messages only: the content decides.
	Name      string
	Encoding  string
	Delimiter string
	Sheet     string
	// NoHeader says that the first line is data already.
	NoHeader bool
	// HeaderLine names the header's line, from 1.
	HeaderLine int
	// Columns name the columns where the file does not, or rename them.
	Columns []string
	// Known gives the meaning of a column name, "" for none; known names help
	// to tell a header from data.
	Known  func(column string) string
	Limits Limits
}

// Open recognises a file by its content and gives its reader.
func Open(r io.ReaderAt, size int64, o Options) (Reader, error) {
	o.Limits = o.Limits.orShipped()
	head := make([]byte, 512)
	n, err := r.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return nil, vocab.FileUnreadable.Wrap(err, "read the beginning of the file")
	}
	if head = head[:n]; len(bytes.TrimSpace(head)) == 0 && size <= int64(n) {
		return nil, vocab.FileUnreadable.Because("the file is empty")
	}
	if err := recogniseOthers(head, io.NewSectionReader(r, 0, size)); err != nil {
		return nil, err
	}
	if bytes.HasPrefix(head, []byte("PK")) {
		return openXLSX(r, size, o)
	}
	encoding := o.Encoding
	if encoding == "" {
		if encoding, err = detect(io.NewSectionReader(r, 0, size)); err != nil {
			return nil, err
		}
	}
	return openText(io.NewSectionReader(r, 0, size), encoding, o)
}

// openText reads a text of a known encoding as JSON or as a table.
func openText(r io.Reader, encoding string, o Options) (Reader, error) {
	text, canonical, decoded, err := decoderFor(r, encoding)
	if err != nil {
		return nil, err
	}
	sample := make([]byte, delimiterSample)
	n, err := io.ReadFull(text, sample)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, vocab.FileUnreadable.Wrap(err, "read the beginning of the file")
	}
	sample = sample[:n]
	if err := lookLikeText(sample); err != nil {
		return nil, err
	}
	whole := io.MultiReader(bytes.NewReader(sample), text)
	facts := Facts{Format: CSV, Encoding: canonical}
	if start := bytes.TrimLeft(sample, " \t\r\n"); len(start) > 0 && (start[0] == '{' || start[0] == '[') && o.Delimiter == "" {
		facts.Format = DataJSON
		return newJSONReader(whole, facts, o.Limits, decoded)
	}
	delimiter, err := delimiterOf(o.Delimiter, sample)
	if err != nil {
		return nil, err
	}
	facts.Delimiter = string(rune(delimiter))
	return newTable(newCSVRows(whole, delimiter, o.Limits), facts, o, decoded)
}

func delimiterOf(given string, sample []byte) (byte, error) {
	switch {
	case given == "":
		return guessDelimiter(sample), nil
	case given == "tab" || given == `\t`:
		return '\t', nil
	case len(given) == 1 && given != `"` && given != "\n" && given != "\r" && given[0] < 0x80:
		return given[0], nil
	}
	return 0, vocab.BadInput.Because("a separator is one sign such as , ; | %% or the word tab, not %q", Cut(given, 10))
}

// recogniseOthers names the formats that people send by mistake.
func recogniseOthers(head []byte, whole io.Reader) error {
	trimmed := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF")), " \t\r\n"))
	other := func(what, fix string) error {
		return vocab.FileUnreadable.Because("the file is %s", what).WithFix("%s", fix)
	}
	const saveAs = "open it in a spreadsheet program and save it as .xlsx or as CSV UTF-8"
	switch {
	case bytes.HasPrefix(head, []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")):
		if encrypted(whole) {
			return other("an encrypted workbook", "take the password off (File, Info, Protect Workbook) and save it again")
		}
		return other("a workbook of the old .xls format", saveAs)
	case bytes.HasPrefix(trimmed, []byte("<html")), bytes.HasPrefix(trimmed, []byte("<!doctype")), bytes.HasPrefix(trimmed, []byte("<table")):
		return other("a web page, whatever its name says", saveAs)
	case bytes.HasPrefix(trimmed, []byte("<?xml")):
		return other("an XML document", saveAs)
	case bytes.HasPrefix(head, []byte("%PDF-")):
		return other("a PDF", "ask for the list that it was printed from")
	case bytes.HasPrefix(head, []byte("\x1F\x8B")), bytes.HasPrefix(head, []byte("\x28\xB5\x2F\xFD")),
		bytes.HasPrefix(head, []byte("Rar!")), bytes.HasPrefix(head, []byte("7z\xBC\xAF")):
		return other("packed", "unpack it first")
	case bytes.HasPrefix(head, []byte("PAR1")):
		return other("a Parquet file", "export it as CSV")
	}
	return nil
}

// encrypted looks for the stream that an encrypted workbook keeps itself in.
// The directory may stand anywhere in the file, so the file is read once.
func encrypted(whole io.Reader) bool {
	var mark []byte
	for _, c := range []byte("EncryptedPackage") {
		mark = append(mark, c, 0)
	}
	buf, kept := make([]byte, 64<<10), 0
	for {
		n, err := whole.Read(buf[kept:])
		if bytes.Contains(buf[:kept+n], mark) {
			return true
		}
		if err != nil {
			return false
		}
		end := kept + n
		kept = min(end, len(mark)-1)
		copy(buf, buf[end-kept:end])
	}
}

// lookLikeText refuses a binary file that no signature named.
func lookLikeText(sample []byte) error {
	control := 0
	for _, b := range sample {
		if b < 0x20 && b != '\t' && b != '\n' && b != '\r' && b != '\f' && b != 0 {
			control++
		}
	}
	if control*20 > len(sample) {
		return vocab.FileUnreadable.Because("the file is neither a text nor a workbook").
			WithFix("send CSV, TSV, xlsx or data.json")
	}
	return nil
}

// Digest is the fingerprint of a file's bytes.
func Digest(r io.Reader) ([32]byte, error) {
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return [32]byte{}, vocab.FileUnreadable.Wrap(err, "read the file")
	}
	return [32]byte(h.Sum(nil)), nil
}
