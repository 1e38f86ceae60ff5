package input

import (
	"bytes"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	textunicode "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"fontis/internal/vocab"
)

// The names of the encodings that are recognised without being named.
const (
	UTF8    = "utf-8"
	UTF16LE = "utf-16le"
	UTF16BE = "utf-16be"
	GB18030 = "gb18030"
	Big5    = "big5"
)

// The sample of trial decoding: sampleBytes beginning near the first byte that
// is not ASCII, which is looked for in the first seekBytes.
const (
	sampleBytes = 256 << 10
	seekBytes   = 8 << 20
)

// detect names the encoding of a text, or refuses.
func detect(r io.Reader) (string, error) {
	head := make([]byte, 4096)
	n, err := io.ReadFull(r, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return "", vocab.FileUnreadable.Wrap(err, "read the beginning of the file")
	}
	head = head[:n]
	if name, err := byMark(head); name != "" || err != nil {
		return name, err
	}
	if name := byZeros(head); name != "" {
		return name, nil
	}
	sample, err := sampleOf(io.MultiReader(bytes.NewReader(head), r))
	if err != nil {
		return "", err
	}
	return byTrial(sample)
}

// byMark reads a byte order mark.
func byMark(b []byte) (string, error) {
	switch {
	case bytes.HasPrefix(b, []byte{0xEF, 0xBB, 0xBF}):
		return UTF8, nil
	case bytes.HasPrefix(b, []byte{0xFF, 0xFE, 0, 0}), bytes.HasPrefix(b, []byte{0, 0, 0xFE, 0xFF}):
		return "", refuseEncoding("the file begins with the mark of UTF-32, which is not read")
	case bytes.HasPrefix(b, []byte{0xFF, 0xFE}):
		return UTF16LE, nil
	case bytes.HasPrefix(b, []byte{0xFE, 0xFF}):
		return UTF16BE, nil
	}
	return "", nil
}

// byZeros recognises UTF-16 without a mark: separators, digits and line ends
// leave zero bytes on one side only.
func byZeros(b []byte) string {
	if len(b) < 8 {
		return ""
	}
	var even, odd int
	for i, c := range b {
		if c == 0 {
			if i%2 == 0 {
				even++
			} else {
				odd++
			}
		}
	}
	units := len(b) / 2
	// A few NUL bytes in a text that is UTF-8 otherwise are dirt, not UTF-16.
	if zeros := even + odd; zeros < 3 || zeros < units/20 || zeros*5 < units*2 && utf8.Valid(b[:len(b)-trailing(b)]) {
		return ""
	}
	switch {
	case odd > 8*even:
		return UTF16LE
	case even > 8*odd:
		return UTF16BE
	}
	return ""
}

// trailing is the length of a sign that the end of the sample cuts.
func trailing(b []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		if utf8.RuneStart(b[len(b)-n]) {
			if !utf8.FullRune(b[len(b)-n:]) {
				return n
			}
			return 0
		}
	}
	return 0
}

// sampleOf gives the bytes from the first one that is not ASCII on.
func sampleOf(r io.Reader) ([]byte, error) {
	buf := make([]byte, 64<<10)
	for read := 0; read < seekBytes; {
		n, err := r.Read(buf)
		read += n
		for i, c := range buf[:n] {
			if c < utf8.RuneSelf {
				continue
			}
			sample := append(make([]byte, 0, sampleBytes), buf[i:n]...)
			more, err := io.ReadAll(io.LimitReader(r, int64(sampleBytes-len(sample))))
			if err != nil {
				return nil, vocab.FileUnreadable.Wrap(err, "read a sample of the file")
			}
			return append(sample, more...), nil
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, vocab.FileUnreadable.Wrap(err, "read a sample of the file")
		}
	}
	return nil, nil
}

// byTrial decides by decoding and counting signs that Chinese office texts use
// all the time. A right decoding scores about 0.3, a wrong one under 0.05.
func byTrial(sample []byte) (string, error) {
	if len(sample) == 0 || mostlyUTF8(sample) {
		return UTF8, nil
	}
	gb := score(simplifiedchinese.GB18030, sample)
	big := score(traditionalchinese.Big5, sample)
	name, best, other := GB18030, gb, big
	if big.common > gb.common {
		name, best, other = Big5, big, gb
	}
	switch {
	case best.han < 4:
		return "", refuseEncoding("too little text to tell the encoding")
	case best.bad > 0.002:
		return "", refuseEncoding("the text is neither UTF-8 nor whole in GB18030 or Big5")
	case best.kana > 0.1:
		return "", refuseEncoding("the text reads as Japanese")
	case best.common < 0.08 || best.common < 3*other.common:
		return "", refuseEncoding("the text reads as neither simplified nor traditional Chinese beyond doubt")
	}
	return name, nil
}

func refuseEncoding(cause string) *vocab.Failure {
	return vocab.EncodingUnknown.Because("%s", cause).
		WithFix("name the encoding with --encoding NAME (such as gb18030, big5, windows-1252), or save the file as UTF-8")
}

// mostlyUTF8 holds when the sample, its broken last sign aside, is UTF-8 but
// for a rare broken line, which is then rejected by its number.
func mostlyUTF8(b []byte) bool {
	bad, wide := 0, 0
	for len(b) > 0 {
		if b[0] < utf8.RuneSelf {
			b = b[1:]
			continue
		}
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			if len(b) < utf8.UTFMax && !utf8.FullRune(b) {
				break
			}
			bad++
		} else {
			wide++
		}
		b = b[n:]
	}
	return bad == 0 || wide > 200*bad
}

type trial struct {
	han         int     // Han signs
	common, bad float64 // share of common signs among Han; of broken ones among all wide
	kana        float64 // share of Japanese letters among all wide
}

func score(e encoding.Encoding, sample []byte) trial {
	text, _, _ := transform.Bytes(e.NewDecoder(), sample)
	var t trial
	var hits, wide, bad, kana int
	runes := []rune(string(text))
	if len(runes) > 0 && runes[len(runes)-1] == utf8.RuneError {
		runes = runes[:len(runes)-1]
	}
	common := commonSigns()
	for _, r := range runes {
		if r < utf8.RuneSelf {
			continue
		}
		wide++
		switch {
		case r == utf8.RuneError, unicode.Is(unicode.Co, r):
			bad++
		case unicode.In(r, unicode.Hiragana, unicode.Katakana):
			kana++
		case unicode.Is(unicode.Han, r):
			t.han++
			if common[r] {
				hits++
			}
		}
	}
	if t.han > 0 {
		t.common = float64(hits) / float64(t.han)
	}
	if wide > 0 {
		t.bad, t.kana = float64(bad)/float64(wide), float64(kana)/float64(wide)
	}
	return t
}

// commonSigns are frequent signs of office texts, simplified and traditional.
func commonSigns() map[rune]bool {
	const signs = "的一是在不了有和人中大为為上个個国國我以要他时時来來用们們生到作地于於出会會就分对對成可主" +
		"数數据據资資料信息编編号號名称稱类類别別类型更新周期日期时间間单單位部门門机機构構关關共享条條件无無开開" +
		"放目录錄项項区區县縣市省街道路登记記证證照许許政府务務局厅廳科处處民社会公安保险險教育学學校医醫院卫衛" +
		"生产產企业業法律规規定管理办辦事服系统統平台提供描述说說明主题題年月每周季度实實即行内內容备備注註联聯" +
		"电電话話地址所在姓性身份号码碼格式文档檔库庫表发發布建立使用权權限责責任环環境水利农農林交通运運财財税稅"
	m := make(map[rune]bool, len(signs)/3)
	for _, r := range signs {
		m[r] = true
	}
	return m
}

// decoderFor gives a reader of UTF-8 for the named encoding. decoded is false
// when the bytes go through unchanged.
func decoderFor(r io.Reader, name string) (out io.Reader, canonical string, decoded bool, err error) {
	switch n := strings.ToLower(strings.TrimSpace(name)); n {
	case UTF8, "utf8":
		return skipMark(r), UTF8, false, nil
	case UTF16LE, "utf-16", "utf16":
		return transform.NewReader(r, textunicode.UTF16(textunicode.LittleEndian, textunicode.UseBOM).NewDecoder()), UTF16LE, true, nil
	case UTF16BE:
		return transform.NewReader(r, textunicode.UTF16(textunicode.BigEndian, textunicode.UseBOM).NewDecoder()), UTF16BE, true, nil
	case GB18030, "gbk", "gb2312", "cp936":
		return transform.NewReader(r, simplifiedchinese.GB18030.NewDecoder()), GB18030, true, nil
	case Big5, "cp950":
		return transform.NewReader(r, traditionalchinese.Big5.NewDecoder()), Big5, true, nil
	default:
		e, err := htmlindex.Get(n)
		if err != nil {
			return nil, "", false, refuseEncoding("no encoding is called " + Cut(name, 40))
		}
		canonical, _ := htmlindex.Name(e)
		return transform.NewReader(r, e.NewDecoder()), canonical, true, nil
	}
}

// markSkipper passes over one byte order mark at the beginning.
type markSkipper struct {
	r    io.Reader
	done bool
}

func skipMark(r io.Reader) io.Reader { return &markSkipper{r: r} }

// Read gives the bytes after the mark.
func (m *markSkipper) Read(p []byte) (int, error) {
	if m.done {
		return m.r.Read(p)
	}
	m.done = true
	head := make([]byte, 3)
	n, err := io.ReadFull(m.r, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return 0, err
	}
	if head = head[:n]; bytes.Equal(head, []byte{0xEF, 0xBB, 0xBF}) {
		return m.r.Read(p)
	}
	m.r = io.MultiReader(bytes.NewReader(head), m.r)
	return m.r.Read(p)
}
