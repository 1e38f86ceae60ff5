package demo

// table is one table of a department's own database: how it is made and which
// rows each place of the world brings.
type table struct {
	name    string
	step    string // what progress calls it
	columns string // with their types, as CREATE TABLE takes them
	width   int
	index   string // the column that look-ups go by
	places  int    // how many places of the world it walks
	rows    func(i int, put func(...any))
}

// Every table about people or firms says in a column of its own that they are
// invented.
const invented = "invented BOOLEAN NOT NULL"

// empty writes an empty text as an empty cell.
func empty(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// civilTables are the population register and the two editions of divisions.
func (w *World) civilTables(editions []*Edition) []table {
	all := []table{{
		name: "resident", step: "residents", index: "number", width: 9, places: w.Residents,
		columns: "number TEXT, name TEXT, sex TEXT, born DATE, died DATE, town TEXT, address TEXT, recorded DATE, " + invented,
		rows: func(i int, put func(...any)) {
			for _, r := range w.Register(i) {
				sex, born := "男", any(r.Born.Format("2006-01-02"))
				if r.Female {
					sex = "女"
				}
				if r.NoBirth {
					born = nil
				}
				put(r.Held, r.Name, sex, born, empty(r.Died), r.Town, empty(r.Address), r.Recorded, true)
			}
		},
	}}
	for _, e := range editions {
		all = append(all, table{
			name: "division_" + e.Name, step: "divisions " + e.Name, index: "code", width: 4, places: len(e.Divisions),
			columns: "code TEXT, name TEXT, level TEXT, parent TEXT",
			rows: func(i int, put func(...any)) {
				d := e.Divisions[i]
				put(d.Code, d.Name, string(d.Level), empty(d.Parent()))
			},
		})
	}
	return all
}

func (w *World) securityTables() []table {
	return []table{{
		name: "enrolment", step: "social insurance", index: "number", width: 8, places: w.Residents,
		columns: "number TEXT, name TEXT, scheme TEXT, employer TEXT, since DATE, until DATE, state TEXT, " + invented,
		rows: func(i int, put func(...any)) {
			for _, e := range w.Enrolments(i) {
				put(e.Number, e.Name, e.Scheme, empty(e.Employer), e.From, empty(e.To), e.State, true)
			}
		},
	}}
}

func (w *World) marketTables() []table {
	return []table{{
		name: "firm", step: "firms", index: "code", width: 10, places: w.Firms,
		columns: "code TEXT, name TEXT, kind TEXT, head TEXT, capital NUMERIC, founded DATE, town TEXT, address TEXT, state TEXT, " + invented,
		rows: func(i int, put func(...any)) {
			f := w.Firm(i)
			put(f.Code, f.Name, f.Kind, empty(f.Head), f.Capital, f.Founded, f.Town, f.Address, f.State, true)
		},
	}, {
		name: "trade", step: "trade licences", index: "code", width: 7, places: w.Firms,
		columns: "code TEXT, licence TEXT, kind TEXT, since DATE, until DATE, state TEXT, " + invented,
		rows: func(i int, put func(...any)) {
			for _, t := range w.Trades(i) {
				put(t.Code, t.Licence, t.Kind, t.From, empty(t.To), t.State, true)
			}
		},
	}, {
		name: "driving", step: "driving licences", index: "number", width: 7, places: w.Residents,
		columns: "number TEXT, name TEXT, class TEXT, since DATE, until DATE, state TEXT, " + invented,
		rows: func(i int, put func(...any)) {
			for _, l := range w.Licences(i) {
				put(l.Number, l.Name, l.Class, l.From, empty(l.To), l.State, true)
			}
		},
	}}
}

func (w *World) schoolTables() []table {
	return []table{{
		name: "pupil", step: "pupils", index: "number", width: 8, places: w.Residents,
		columns: "number TEXT, name TEXT, school TEXT, grade TEXT, since DATE, until DATE, state TEXT, " + invented,
		rows: func(i int, put func(...any)) {
			for _, p := range w.Pupils(i) {
				put(p.Number, p.Name, p.School, p.Grade, p.From, empty(p.To), p.State, true)
			}
		},
	}}
}

func (w *World) taxTables() []table {
	return []table{{
		name: "taxpayer", step: "taxpayers", index: "code", width: 6, places: w.Firms,
		columns: "code TEXT, name TEXT, category TEXT, registered DATE, state TEXT, " + invented,
		rows: func(i int, put func(...any)) {
			for _, t := range w.Taxpayers(i) {
				put(t.Code, t.Name, t.Category, t.Registered, t.State, true)
			}
		},
	}}
}

// books are the databases of all departments.
func (w *World) books(editions []*Edition) []book {
	return []book{
		{owner: Civil, tables: w.civilTables(editions)},
		{owner: Security, tables: w.securityTables()},
		{owner: Market, tables: w.marketTables()},
		{owner: Education, tables: w.schoolTables()},
		{owner: Tax, tables: w.taxTables()},
	}
}
