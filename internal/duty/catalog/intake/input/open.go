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

// Open recognises a file by its content, takes one packing off, and gives its
// reader.
func Open(r io.ReaderAt, size int64, o Options) (Reader, error) {
	o.Limits = o.Limits.orShipped()
	head := make([]byte, headBytes)
	n, err := r.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return nil, vocab.FileUnreadable.Wrap(err, "read the beginning of the file")
	}
	if head = head[:n]; len(bytes.TrimSpace(head)) == 0 && size <= int64(n) {
		return nil, vocab.FileUnreadable.Because("the file is empty")
	}
	packing := packingOf(head)
	if packing == "" && bytes.HasPrefix(head, []byte("PK")) {
		return openXLSX(r, size, o)
	}
	again := plainOpener(r, size)
	if packing != "" {
		again = packedOpener(r, size, packing, o.Limits)
		if head, err = headOf(again); err != nil {
			return nil, err
		}
	}
	in, err := openStream(again, head, o)
	if c, ok := in.(*closing); ok {
		c.packing = packing
	}
	return in, err
}

// headBytes is how much of a file its signature is looked for in.
const headBytes = 512

// headOf gives the beginning of what was packed.
func headOf(again opener) ([]byte, error) {
	in, err := again()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	head := make([]byte, headBytes)
	n, err := io.ReadFull(in, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, err
	}
	if head = head[:n]; len(bytes.TrimSpace(head)) == 0 && n < headBytes {
		return nil, vocab.FileUnreadable.Because("the packed file is empty")
	}
	return head, nil
}

// openStream reads a file that flows: all but workbooks.
func openStream(again opener, head []byte, o Options) (Reader, error) {
	if bytes.HasPrefix(head, []byte("PK")) {
		return openWorkbook(again, o)
	}
	if err := recogniseOthers(head, again); err != nil {
		return nil, err
	}
	encoding := o.Encoding
	if encoding == "" {
		in, err := again()
		if err != nil {
			return nil, err
		}
		encoding, err = detect(in)
		in.Close()
		if err != nil {
			return nil, err
		}
	}
	in, err := again()
	if err != nil {
		return nil, err
	}
	r, err := openText(in, encoding, o)
	if err != nil {
		in.Close()
		return nil, err
	}
	return &closing{Reader: r, file: in}, nil
}

// openText reads a text of a known encoding as JSON, as Turtle or as a table.
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
	facts := Facts{Format: CSV, Encoding: canonical}
	start := bytes.TrimLeft(sample, " \t\r\n")
	if len(start) > 0 && (start[0] == '{' || start[0] == '[') && o.Delimiter == "" {
		return openJSON(sample, text, facts, o, decoded)
	}
	whole := io.MultiReader(bytes.NewReader(sample), text)
	if o.Delimiter == "" && turtleBegins.Match(sample[:min(len(sample), turtleSample)]) {
		return openGraph(whole, Turtle, facts, o)
	}
	delimiter, err := delimiterOf(o.Delimiter, sample)
	if err != nil {
		return nil, err
	}
	if o.Delimiter == "" && looksLikeTitles(sample, delimiter) {
		return openTitles(whole, sample, facts, o, decoded)
	}
	facts.Delimiter = string(rune(delimiter))
	return newTable(newCSVRows(whole, delimiter, o.Limits), facts, o, decoded)
}

// turtleSample is how far down Turtle may begin below its comments.
const turtleSample = 16 << 10

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
func recogniseOthers(head []byte, again opener) error {
	trimmed := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF")), " \t\r\n"))
	other := func(what, fix string) error {
		return vocab.FileUnreadable.Because("the file is %s", what).WithFix("%s", fix)
	}
	const saveAs = "open it in a spreadsheet program and save it as .xlsx or as CSV UTF-8"
	switch {
	case bytes.HasPrefix(head, []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")):
		whole, err := again()
		if err != nil {
			return err
		}
		defer whole.Close()
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
	case packingOf(head) != "":
		return other("packed twice", "unpack it once")
	case bytes.HasPrefix(head, []byte("Rar!")), bytes.HasPrefix(head, []byte("7z\xBC\xAF")):
		return other("packed in a way that is not taken off", "unpack it first, or pack it with gzip or zstd")
	case bytes.HasPrefix(head, []byte("SQLite format 3\x00")):
		return other("a SQLite database", "a catalog list comes as .xlsx, CSV, TSV, data.json, CKAN, DCAT or a data package; a table with the data themselves is connected: fontis source add sqlite:///PATH, then fontis bind")
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
			WithFix("send CSV, TSV, xlsx, JSON or Turtle")
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
