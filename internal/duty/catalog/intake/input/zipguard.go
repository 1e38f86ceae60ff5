package input

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strings"

	"fontis/internal/vocab"
)

// The bounds of a workbook's outside: its packed size, and the size of its
// list of parts.
const (
	maxPacked    = 128 << 20
	maxDirectory = 4 << 20
)

// openZip reads the list of parts and refuses a bomb before anything else
// touches the file: it unpacks every part once into nothing, so that the sizes
// are those of the bytes and not of the headers, and the checksums are right.
func openZip(r io.ReaderAt, size int64, lim Limits) (*zip.Reader, error) {
	if size > maxPacked {
		return nil, vocab.FileTooLarge.Because("the workbook is larger than %s", BytesWord(maxPacked))
	}
	z, err := zip.NewReader(&meteredAt{r: r, left: maxDirectory}, size)
	if errors.Is(err, errMeter) {
		return nil, vocab.FileTooLarge.Because("the workbook's list of parts is larger than %s", BytesWord(maxDirectory))
	}
	if err != nil {
		return nil, vocab.FileUnreadable.Wrap(err, "the workbook is damaged").WithFix("save it again, or send CSV")
	}
	if len(z.File) > lim.Entries {
		return nil, vocab.FileTooLarge.Because("the workbook has %d parts, the limit is %d", len(z.File), lim.Entries)
	}
	// The metered reader has served its purpose; read the parts from the file.
	if z, err = zip.NewReader(r, size); err != nil {
		return nil, vocab.FileUnreadable.Wrap(err, "the workbook is damaged")
	}
	return z, checkParts(z, lim)
}

func checkParts(z *zip.Reader, lim Limits) error {
	seen := map[string]bool{}
	left := lim.Unpacked
	for _, f := range z.File {
		name := strings.ToLower(f.Name)
		if seen[name] {
			return vocab.FileUnreadable.Because("the workbook holds the part %s twice", Cut(f.Name, 60))
		}
		seen[name] = true
		if f.Flags&1 != 0 {
			return vocab.FileUnreadable.Because("the workbook is encrypted").WithFix("take the password off and save it again")
		}
		if f.UncompressedSize64 > uint64(left) {
			return tooLargeUnpacked(lim)
		}
		n, err := drain(f, left)
		if err != nil {
			return vocab.FileUnreadable.Wrap(err, "unpack the workbook's part %s", Cut(f.Name, 60)).
				WithFix("the file is damaged: save it again, or send CSV")
		}
		if n > left {
			return tooLargeUnpacked(lim)
		}
		left -= n
		if packed := int64(f.CompressedSize64); n > 1<<20 && n > packed*lim.Ratio {
			return vocab.FileTooLarge.Because("the workbook's part %s unpacks to more than %d times its size", Cut(f.Name, 60), lim.Ratio).
				WithFix("save it again, or send CSV")
		}
	}
	if !seen["xl/workbook.xml"] {
		return vocab.FileUnreadable.Because("the file is a zip archive but no Excel workbook (.xlsx)").
			WithFix("unpack it first, or save the list as .xlsx or CSV")
	}
	return nil
}

func tooLargeUnpacked(lim Limits) error {
	return vocab.FileTooLarge.Because("the workbook unpacks to more than %s", BytesWord(int(lim.Unpacked))).
		WithFix("split it, or send CSV, which has no such limit")
}

// drain unpacks a part into nothing and counts; it reads at most one byte
// beyond the limit.
func drain(f *zip.File, limit int64) (int64, error) {
	rc, err := f.Open()
	if err != nil {
		return 0, err
	}
	defer rc.Close()
	return io.Copy(io.Discard, io.LimitReader(rc, limit+1))
}

var errMeter = errors.New("read too much")

// meteredAt ends a reading that goes beyond what it may.
type meteredAt struct {
	r    io.ReaderAt
	left int
}

// ReadAt gives bytes while there are some left.
func (m *meteredAt) ReadAt(p []byte, off int64) (int, error) {
	if m.left -= len(p); m.left < 0 {
		return 0, errMeter
	}
	return m.r.ReadAt(p, off)
}

// sheetPart is one sheet of a workbook and the part that holds it.
type sheetPart struct {
	name, part string
	hidden     bool
	merges     map[int][]merge
}

// sheetsOf lists the sheets with their parts, in the order of the workbook.
func sheetsOf(z *zip.Reader) ([]sheetPart, error) {
	var book struct {
		Sheets []struct {
			Name  string     `xml:"name,attr"`
			State string     `xml:"state,attr"`
			Attrs []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	var rels struct {
		Of []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if err := readPart(z, "xl/workbook.xml", &book); err != nil {
		return nil, err
	}
	if err := readPart(z, "xl/_rels/workbook.xml.rels", &rels); err != nil {
		return nil, err
	}
	target := map[string]string{}
	for _, r := range rels.Of {
		if strings.HasPrefix(r.Target, "/") {
			target[r.ID] = strings.TrimPrefix(path.Clean(r.Target), "/")
		} else {
			target[r.ID] = path.Join("xl", r.Target)
		}
	}
	var out []sheetPart
	for _, s := range book.Sheets {
		p := sheetPart{name: s.Name, hidden: s.State != "" && s.State != "visible"}
		for _, a := range s.Attrs {
			if a.Name.Local == "id" {
				p.part = target[a.Value]
			}
		}
		if strings.HasPrefix(p.part, "xl/worksheets/") {
			out = append(out, p)
		}
	}
	return out, nil
}

func readPart(z *zip.Reader, name string, into any) error {
	f, err := z.Open(name)
	if err != nil {
		return vocab.FileUnreadable.Wrap(err, "open the workbook's part %s", name)
	}
	defer f.Close()
	if err := xml.NewDecoder(io.LimitReader(f, 8<<20)).Decode(into); err != nil {
		return vocab.FileUnreadable.Wrap(err, "read the workbook's part %s", name)
	}
	return nil
}
