package record

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"fontis/internal/edge/web/page"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// opened is a receipt as people read it; the text of the receipt is what proves.
type opened struct {
	Part   string // its file
	Text   string
	Sum    string // SHA-256 of the text, so that a copy on paper can be matched to it
	Log    string
	Index  uint64
	Size   uint64
	Gone   bool // what it said was destroyed; that it stands there is proven
	Fields []page.Line
	Hidden int
}

// open reads a receipt that this node made.
func open(v *page.Visit, part string, text []byte) (opened, error) {
	sum := sha256.Sum256(text)
	out := opened{Part: part, Text: string(text), Sum: hex.EncodeToString(sum[:])}
	r, err := proof.ParseReceipt(text)
	if err != nil {
		return out, err
	}
	head, err := proof.ParseCheckpoint(r.Checkpoint)
	if err != nil {
		return out, err
	}
	out.Log, out.Index, out.Size, out.Gone = head.Origin, r.Index, head.Size, r.Opening == nil
	if out.Gone {
		return out, nil
	}
	fields := r.Opening.Fields
	out.Hidden = len(r.Opening.Others)
	if row := r.Opening.Row; row != nil {
		fields = slices.Concat(fields, row.Fields)
		out.Hidden += len(row.Others)
	}
	names, err := v.Identity.MemberNames(v.Ctx(), membersIn(fields)...)
	if err != nil {
		return out, err
	}
	for _, f := range fields {
		if len(f.Value) > 0 {
			out.Fields = append(out.Fields, page.Line{Field: f.Name, Value: readable(v, f, names)})
		}
	}
	return out, nil
}

func membersIn(fields []proof.Field) []vocab.MemberID {
	var out []vocab.MemberID
	for _, f := range fields {
		if ofMember(f.Name) {
			out = append(out, vocab.MemberID(f.Value))
		}
	}
	return out
}

// ofMember reports whether a field names a body.
func ofMember(field string) bool {
	return slices.Contains([]string{"member", "provider", "to", "by_member", "owner"}, field)
}

// closed are the fields whose values are of closed lists, with where their words stand.
func closed() map[string][]string {
	return map[string][]string{
		"question": {"question"}, "unit": {"system"}, "state": {"state"}, "from_state": {"state", "correction"}, "to_state": {"state", "correction"},
		"document": {"document"}, "verdict": {"verdict"}, "kind": {"mandate_kind"}, "side": {"entry_side"}, "effect": {"entry_side"}, "via": {"via"}, "ground": {"deferral_ground"},
		"second": {"yesno"}, "confirmed": {"yesno"}, "off": {"yesno"}, "cause": {"change_cause"},
	}
}

// readable is a field's value in the reader's words.
func readable(v *page.Visit, f proof.Field, names map[vocab.MemberID]identity.Name) page.Tongued {
	l, said := v.Look(), string(f.Value)
	switch f.Name {
	case proof.RowsName:
		_, n, err := proof.ParseRows(f.Value)
		if err == nil {
			return page.Tongued{Text: l.Number(n)}
		}
	case "time", "as_of", "from", "until":
		return l.Tongue(l.Stamp(said))
	case "item":
		return v.ItemName(vocab.ItemID(said))
	case "dataset":
		return v.SetName(vocab.DatasetID(said))
	case "acts":
		return page.Tongued{Text: wordsOf(v, "mandate_act", said)}
	case "act":
		return l.Tongue(l.Act(said))
	case "refused":
		if l.Has("error." + said + ".title") {
			return page.Tongued{Text: l.Must("error." + said + ".title")}
		}
	case "role":
		return page.Tongued{Text: wordsOf(v, "role", said)}
	}
	if ofMember(f.Name) {
		return v.NameOr(names, vocab.MemberID(said))
	}
	for _, kind := range closed()[f.Name] {
		if word := l.Word(kind, said); word != said {
			return l.Tongue(word)
		}
	}
	if !utf8.Valid(f.Value) {
		return page.Tongued{Text: hex.EncodeToString(f.Value)}
	}
	if list, ok := listed(v, f.Value); ok {
		return l.Tongue(strings.Join(list, l.Comma()))
	}
	return l.Tongue(said)
}

// wordsOf are the words of a closed list that stand in one value, apart by blanks.
func wordsOf(v *page.Visit, kind, said string) string {
	list := strings.Fields(said)
	for i, w := range list {
		list[i] = v.Look().Word(kind, w)
	}
	return strings.Join(list, v.Look().Comma())
}

// listed reads a value that is a list of items, or an object of items to words.
func listed(v *page.Visit, value []byte) ([]string, bool) {
	if !bytes.HasPrefix(value, []byte("[")) && !bytes.HasPrefix(value, []byte("{")) {
		return nil, false
	}
	var list []any
	if json.Unmarshal(value, &list) == nil {
		out := make([]string, len(list))
		for i, x := range list {
			out[i] = itemName(v, fmt.Sprint(x))
		}
		return out, true
	}
	object := map[string]any{}
	if json.Unmarshal(value, &object) != nil {
		return nil, false
	}
	var out []string
	for _, item := range slices.Sorted(maps.Keys(object)) {
		word := fmt.Sprint(object[item])
		out = append(out, itemName(v, item)+v.Look().Must("page.frame.colon")+v.Look().Word("answer", v.Look().Word("reason", word)))
	}
	return out, true
}

func itemName(v *page.Visit, id string) string {
	if item := vocab.ItemID(id); item.Name() != "" {
		return v.ItemName(item).Text
	}
	return id
}
