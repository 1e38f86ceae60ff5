package proofs

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/share"
	"fontis/internal/engine/db"
	"fontis/internal/engine/source"
	"fontis/internal/trust/access"
	"fontis/internal/trust/access/batch"
	"fontis/internal/trust/access/block"
	"fontis/internal/trust/access/comparator"
	"fontis/internal/vocab"
)

// refusals is a node in which for each tag one item is tagged in the catalog and
// in its binding, under names that say nothing.
type refusals struct {
	*node
	t      *testing.T
	set    *entry.Dataset
	grants map[vocab.ItemID]map[string]access.Grant // by question, and "batch"
}

// item is the door's item for the i-th tag; its name is an alias.
func item(i int) vocab.ItemID {
	return vocab.ItemID(fmt.Sprintf("%s/attribute%d", apptest.Dataset, i))
}

func tagOf(i int) vocab.Tag { return vocab.Tags()[i] }

func newRefusals(t *testing.T) *refusals {
	cfg := apptest.Config(t)
	n := open(t, cfg, app.Options{}, residents(5))
	w := &refusals{node: n, t: t, grants: map[vocab.ItemID]map[string]access.Grant{}}
	for i := range vocab.Tags() {
		b := binding(item(i), "name", "name")
		b.Read, b.Statuses = true, []comparator.Status{{Name: "so", Conditions: []source.Condition{{Column: "licence", Op: source.Equal, Values: []string{"valid"}}}}}
		n.bind(t, b)
		w.grants[item(i)] = map[string]access.Grant{}
		for _, q := range vocab.Questions() {
			g := apptest.Grant(q)
			g.Items, g.Statute, g.Second = []vocab.ItemID{item(i)}, "a statute", "another"
			if q == vocab.Status {
				g.Statuses = []string{"so"}
			}
			n.put(t, g)
			w.grants[item(i)][string(q)] = g
		}
		w.tagLater(b, tagOf(i))
	}
	w.publish()
	if err := n.Close(); err != nil { // the door reads bindings at its start
		t.Fatal(err)
	}
	n.App = apptest.Open(t, cfg, app.Options{})
	return w
}

// tagLater tags a binding that is in use already, as an older release or an
// officer's later decision leaves it.
func (w *refusals) tagLater(b access.Binding, tag vocab.Tag) {
	b.Tags = []vocab.Tag{tag}
	body, err := json.Marshal(b)
	if err != nil {
		w.t.Fatal(err)
	}
	err = w.DB.Write(w.t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(w.t.Context(), `UPDATE access_binding SET body = $2 WHERE item = $1`, string(b.Item), string(body))
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *refusals) publish() {
	d := entry.Dataset{
		Name: entry.Text{ZH: "居民"}, Provider: "民政局", Share: vocab.Conditional, ShareCondition: "条件", Cycle: vocab.Daily, Subject: vocab.NaturalPerson, Origin: vocab.Government,
		LegalBasis: []entry.Cite{{Law: "law", Article: "1"}}, Purposes: []string{"pension"}, Level: 3, ImpactRef: "pia-1",
		Items: []entry.Item{{Code: "born", Name: entry.Text{ZH: "出生日期"}, Compare: vocab.CompareDate}},
	}
	for i := range vocab.Tags() {
		d.Items = append(d.Items, entry.Item{Code: fmt.Sprintf("attribute%d", i), Name: entry.Text{ZH: "属性"}, Compare: vocab.CompareText})
	}
	made, err := w.Catalog.Create(w.t.Context(), w.steward, d)
	if err != nil {
		w.t.Fatal(err)
	}
	for i, tag := range vocab.Tags() {
		if _, err := w.Catalog.Tag(w.t.Context(), w.steward, made.ItemID(fmt.Sprintf("attribute%d", i)), tag); err != nil {
			w.t.Fatal(err)
		}
	}
	if made, err = w.Catalog.Get(w.t.Context(), w.steward, made.ID); err == nil {
		w.set, err = apptest.Publish(w.t.Context(), w.App, w.steward, made.ID, made.Rev)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *refusals) bindOnly(i int, change func(*access.Binding)) error {
	b := access.Binding{
		Item: item(i), Owner: apptest.Civil, Source: "residents", Table: "resident", Column: "name", Subject: "number",
		KeyKind: vocab.CitizenNumber, About: vocab.NaturalPerson, Tags: []vocab.Tag{tagOf(i)},
	}
	change(&b)
	_, err := w.Door.Bind(w.t.Context(), w.steward, b)
	return err
}

func (w *refusals) ask(i int, q vocab.Question) error {
	g := w.grants[item(i)][string(q)]
	c := access.Call{Grant: g.ID, Question: q, Subject: w.people[0].key(), Purpose: g.Purpose, Case: "P-1"}
	switch q {
	case vocab.Compare:
		c.Values = map[vocab.ItemID]string{item(i): "某"}
	case vocab.Status:
		c.Status = "so"
	case vocab.Read:
		c.Items = []vocab.ItemID{item(i)}
	}
	_, err := w.Door.Ask(w.t.Context(), user(apptest.Tax), c)
	return err
}

func (w *refusals) request(change func(*share.Fields)) error {
	f := share.Fields{Dataset: w.set.ID, Items: []vocab.ItemID{"born"}, Question: vocab.Compare, Carriages: []vocab.Carriage{vocab.Single}, Purpose: "pension"}
	change(&f)
	_, err := w.Share.Draft(w.t.Context(), user(apptest.Tax), f)
	return err
}

// keyed loads a register whose column is named or filled so that its tag shows,
// and binds the column under an alias.
func (w *refusals) keyed(i int, column, value string) error {
	id := vocab.SourceID(fmt.Sprintf("register%d-%d", i, len(value)))
	rows := func(yield func([]string, error) bool) {
		for k := range 5 {
			number, _ := apptest.Citizen(k)
			if !yield([]string{number, value}, nil) {
				return
			}
		}
	}
	if _, err := w.Door.Load(w.t.Context(), w.steward, access.Register{ID: id, Dated: time.Now(), Columns: []string{"number", column}, Rows: rows, KeyKind: vocab.CitizenNumber}); err != nil {
		return fmt.Errorf("load: %v", err)
	}
	_, err := w.Door.Bind(w.t.Context(), w.steward, access.Binding{
		Item: vocab.ItemID(string(apptest.Dataset) + "/plain"), Owner: apptest.Civil, Source: id, Table: string(id), Column: column, Subject: "number",
		KeyKind: vocab.CitizenNumber, Compare: "text", About: vocab.NaturalPerson,
	})
	return err
}

// elements are the names of declared data elements, a tag each.
var elements = []string{"民族", "宗教信仰", "政治面貌", "指纹", "轨迹", "信用分"}

// probes drive the real verb of each path with the item of the i-th tag.
var probes = map[vocab.Path]func(w *refusals, i int) []error{
	vocab.PathBindCompare: func(w *refusals, i int) []error {
		return []error{w.bindOnly(i, func(b *access.Binding) { b.Compare = "text" })}
	},
	vocab.PathBindStatus: func(w *refusals, i int) []error {
		return []error{w.bindOnly(i, func(b *access.Binding) {
			b.Statuses = []comparator.Status{{Name: "so", Conditions: []source.Condition{{Column: "licence", Op: source.Equal, Values: []string{"valid"}}}}}
		})}
	},
	vocab.PathBindRead: func(w *refusals, i int) []error {
		return []error{w.bindOnly(i, func(b *access.Binding) { b.Read = true })}
	},
	vocab.PathBindSubject: func(w *refusals, i int) []error {
		return []error{w.bindOnly(i, func(*access.Binding) {})}
	},
	vocab.PathKeyedLoad: func(w *refusals, i int) []error {
		out := []error{w.keyed(i, elements[i], "一个值")}
		if value := [...]string{"汉族", "佛教", "中共党员", "", "", ""}[i]; value != "" {
			out = append(out, w.keyed(i, "attribute", value))
		}
		return out
	},
	vocab.PathGrant: func(w *refusals, i int) []error {
		g := apptest.Grant(vocab.Compare)
		g.Items = []vocab.ItemID{Born, item(i)}
		return []error{w.DB.Write(w.t.Context(), func(tx *db.Tx) error { return w.Door.PutGrant(w.t.Context(), tx, g, w.steward) })}
	},
	vocab.PathCompare: func(w *refusals, i int) []error { return []error{w.ask(i, vocab.Compare)} },
	vocab.PathStatus:  func(w *refusals, i int) []error { return []error{w.ask(i, vocab.Status)} },
	vocab.PathRead:    func(w *refusals, i int) []error { return []error{w.ask(i, vocab.Read)} },
	vocab.PathBatch: func(w *refusals, i int) []error {
		g := w.grants[item(i)][string(vocab.Compare)]
		row := block.Row{Subject: w.people[0].key(), Values: map[vocab.ItemID]string{item(i): "某"}}
		_, _, err := w.Door.StartBatch(w.t.Context(), user(apptest.Tax), batch.Call{Grant: g.ID, Question: vocab.Compare, Purpose: g.Purpose, Cases: []string{"P-1"}}, lines(row))
		return []error{err}
	},
	vocab.PathRequest: func(w *refusals, i int) []error {
		return []error{
			w.request(func(f *share.Fields) { f.Items = append(f.Items, w.set.ItemID(fmt.Sprintf("attribute%d", i))) }),
			w.request(func(f *share.Fields) { f.Items = append(f.Items, vocab.ItemID(fmt.Sprintf("attribute%d", i))) }),
		}
	},
	vocab.PathRowScope: func(w *refusals, i int) []error {
		return []error{w.request(func(f *share.Fields) { f.RowScope = fmt.Sprintf("attribute%d = 'x'", i) })}
	},
	vocab.PathFilter: func(w *refusals, i int) []error {
		return w.keys(i, func(key string) error {
			_, err := w.Catalog.Search(w.t.Context(), user(apptest.Tax), catalog.SearchQuery{Filters: map[string][]string{key: {"x"}}})
			return err
		})
	},
	vocab.PathFacet: func(w *refusals, i int) []error {
		return w.keys(i, func(key string) error {
			_, err := w.Catalog.Search(w.t.Context(), user(apptest.Tax), catalog.SearchQuery{Facets: []string{key}})
			return err
		})
	},
	vocab.PathExport: func(w *refusals, i int) []error {
		return w.keys(i, func(key string) error {
			return w.Catalog.Export(w.t.Context(), user(apptest.Tax), []string{key}, func([]string) error { return nil })
		})
	},
}

// keys are an item's id, which says nothing, and the name of a data element.
func (w *refusals) keys(i int, try func(string) error) []error {
	return []error{try(string(w.set.ItemID(fmt.Sprintf("attribute%d", i)))), try(elements[i])}
}

// TestPromise10NoTaggedItemIsAKey walks all registered paths with all tags. The
// refusal must name the very path, so that no other check stands in for it.
func TestPromise10NoTaggedItemIsAKey(t *testing.T) {
	w := newRefusals(t)
	for _, p := range vocab.Paths() {
		probe, ok := probes[p]
		if !ok {
			t.Errorf("path %s has no probe: it could be open", p)
			continue
		}
		for i, tag := range vocab.Tags() {
			for k, err := range probe(w, i) {
				if vocab.CodeOf(err) != vocab.RefusedByDesign || !strings.Contains(err.Error(), string(p)) {
					t.Errorf("%s with an item tagged %s (way %d): %v", p, tag, k, err)
				}
			}
		}
	}
	for p := range probes {
		if !slices.Contains(vocab.Paths(), p) {
			t.Errorf("path %s has a probe and is not registered", p)
		}
	}
}

// TestPromise10AColumnIsKnownByItsValues binds columns that nobody tagged.
func TestPromise10AColumnIsKnownByItsValues(t *testing.T) {
	n := open(t, apptest.Config(t), app.Options{}, nil)
	for name, values := range map[string][]string{
		"peoples":   {"汉族", "回族", "藏族", "维吾尔族"},
		"latin":     {"Han", "Hui", "Zang", "Uygur"},
		"religions": {"佛教", "道教", "伊斯兰教", "无宗教信仰"},
		"parties":   {"中共党员", "群众", "共青团员", "民盟盟员"},
	} {
		path := valuesTable(t, values)
		id := vocab.SourceID(name)
		if _, err := n.Door.AddSource(t.Context(), n.steward, id, "sqlite://"+path, ""); err != nil {
			t.Fatal(err)
		}
		for _, how := range []func(*access.Binding){
			func(b *access.Binding) { b.Column, b.Compare = "attribute", "text" },
			func(b *access.Binding) { b.Column, b.Subject = "plain", "attribute" },
			func(b *access.Binding) {
				b.Column, b.Statuses = "plain", []comparator.Status{{Name: "so", Conditions: []source.Condition{{Column: "attribute", Op: source.Equal, Values: values[:1]}}}}
			},
		} {
			b := access.Binding{Item: "civil-residents/x", Owner: apptest.Civil, Source: id, Table: "t", Subject: "number", KeyKind: vocab.CitizenNumber, About: vocab.NaturalPerson, Compare: "text"}
			how(&b)
			if _, err := n.Door.Bind(t.Context(), n.steward, b); !errors.Is(err, vocab.RefusedByDesign) {
				t.Errorf("%s: %+v: %v", name, b, err)
			}
			b.About, b.KeyKind = vocab.NoSubject, vocab.RegisterNumber
			if _, err := n.Door.Bind(t.Context(), n.steward, b); err != nil {
				t.Errorf("%s about no person: %v", name, err)
			}
		}
	}
}
