package input

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	textunicode "golang.org/x/text/encoding/unicode"

	"fontis/internal/vocab"
)

const (
	simplified  = "资源名称,资源提供方,更新周期,共享类型\n低保家庭信息,市民政局,每月,有条件共享\n不动产登记信息,市自然资源局,每日,无条件共享\n"
	traditional = "資料集名稱,提供機關,更新頻率,主要欄位\n公有停車場位置,交通局,每月,名稱、地址、電話\n志工人數統計,社會局,每年,年度、人數\n"
)

func encode(t *testing.T, e encoding.Encoding, s string) string {
	t.Helper()
	out, err := e.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestEncodingIsRecognised(t *testing.T) {
	le := textunicode.UTF16(textunicode.LittleEndian, textunicode.IgnoreBOM)
	be := textunicode.UTF16(textunicode.BigEndian, textunicode.IgnoreBOM)
	for name, c := range map[string]struct{ in, want, encoding string }{
		"utf-8":               {simplified, "资源名称", UTF8},
		"utf-8 with mark":     {"\xEF\xBB\xBF" + simplified, "资源名称", UTF8},
		"utf-16le with mark":  {"\xFF\xFE" + encode(t, le, simplified), "资源名称", UTF16LE},
		"utf-16be with mark":  {"\xFE\xFF" + encode(t, be, simplified), "资源名称", UTF16BE},
		"utf-16le":            {encode(t, le, simplified), "资源名称", UTF16LE},
		"utf-16be":            {encode(t, be, simplified), "资源名称", UTF16BE},
		"gb18030":             {encode(t, simplifiedchinese.GB18030, simplified), "资源名称", GB18030},
		"gbk, traditional":    {encode(t, simplifiedchinese.GBK, traditional), "資料集名稱", GB18030},
		"gb18030, four bytes": {encode(t, simplifiedchinese.GB18030, simplified+"㐀㐁镇信息,县政府,每年,不予共享\n"), "资源名称", GB18030},
		"big5":                {encode(t, traditionalchinese.Big5, traditional), "資料集名稱", Big5},
		"late gb18030":        {strings.Repeat("name,code\n", 900000) + encode(t, simplifiedchinese.GB18030, simplified), "name", UTF8},
	} {
		t.Run(name, func(t *testing.T) {
			r := openString(t, c.in, Options{})
			if got := r.Facts().Encoding; got != c.encoding {
				t.Errorf("encoding %s, want %s", got, c.encoding)
			}
			if r.Columns()[0] != c.want {
				t.Errorf("first column %q", r.Columns()[0])
			}
		})
	}
}

func TestDoubtfulEncodingIsRefusedWithARemedy(t *testing.T) {
	for name, in := range map[string]string{
		"latin":      encode(t, charmap.Windows1252, "título,descripción\nCamión,Año de producción\n"),
		"japanese":   encode(t, japanese.ShiftJIS, "名称,分類\nとうきょうの公園一覧,みどりのまち\nごみ収集,くらしのあんない\n"),
		"euc-jp":     encode(t, japanese.EUCJP, "とうきょうの公園,みどりのまちづくり\nごみの出し方,くらしのあんない\n"),
		"korean":     encode(t, korean.EUCKR, "이름,설명\n서울시 공원 목록,시민을 위한 자료\n"),
		"utf-32":     "\xFF\xFE\x00\x00a\x00\x00\x00",
		"too little": "a,b\n\xC4\xE3,1\n",
		"noise":      "a,\xC4\x81\xFF\xFE\x80\x80,\xE3\x28\xA1\xFF\xFF\n",
	} {
		_, err := Open(strings.NewReader(in), int64(len(in)), Options{})
		if vocab.CodeOf(err) != vocab.EncodingUnknown {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if f := err.(*vocab.Failure); !strings.Contains(f.Fix, "--encoding") {
			t.Errorf("%s: the remedy %q does not say --encoding", name, f.Fix)
		}
	}
}

func TestNamedEncodingIsBelieved(t *testing.T) {
	r := openString(t, encode(t, charmap.Windows1252, "título,descripción\nCamión,Año\n"), Options{Encoding: "windows-1252"})
	if r.Columns()[0] != "título" {
		t.Errorf("columns %v", r.Columns())
	}
	if _, err := Open(strings.NewReader("a,b\n"), 4, Options{Encoding: "klingon"}); vocab.CodeOf(err) != vocab.EncodingUnknown {
		t.Errorf("error %v", err)
	}
}

// A file that is UTF-8 but for one line loses that line only, by its number.
func TestBrokenBytesRejectTheirLine(t *testing.T) {
	big := strings.Repeat("低保家庭信息,市民政局\n", 100)
	for name, c := range map[string]struct {
		in, encoding string
	}{
		"utf-8":           {"名称,提供方\n" + big + "甲\xFF\xFE,乙\n丙,丁\n", UTF8},
		"gb18030":         {encode(t, simplifiedchinese.GB18030, "名称,提供方\n"+big) + "\xFF\xFF,x\n" + encode(t, simplifiedchinese.GB18030, "丙,丁\n"), GB18030},
		"lone surrogate":  {"\xFF\xFE" + encode(t, textunicode.UTF16(textunicode.LittleEndian, textunicode.IgnoreBOM), "名称,提供方\n"+big) + "\x00\xD8,\x00b\x00\n\x00\x19\x4E,\x00\x01\x4E\n\x00", UTF16LE},
		"truncated utf-8": {"名称,提供方\n" + big + "\xE4\xB8,乙\n丙,丁\n", UTF8},
	} {
		rows := drainRecords(t, openString(t, c.in, Options{}))
		if len(rows) != 102 {
			t.Errorf("%s: %d rows", name, len(rows))
			continue
		}
		for _, r := range rows {
			broken := rejects(r.Troubles)
			if broken != (r.Line == 102) {
				t.Errorf("%s: line %d: %v", name, r.Line, r.Troubles)
			}
			if broken && (r.Troubles[0].Problem != BadBytes || r.Troubles[0].Column != "名称" || r.Troubles[0].Args[0] != c.encoding) {
				t.Errorf("%s: %+v", name, r.Troubles)
			}
		}
	}
}
