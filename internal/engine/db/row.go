package db

import "database/sql"

// Row is the one row that a query gives. Until it is scanned its result set is
// open, and bars the next statement as every open one does.
type Row struct {
	tx   *Tx
	rows *sql.Rows
	err  error
}

// Scan copies the columns of the row; sql.ErrNoRows where there is none. It gives
// the error of the query too.
func (r *Row) Scan(into ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close()
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return r.tx.fail(err)
		}
		return sql.ErrNoRows
	}
	if err := r.rows.Scan(into...); err != nil {
		return err
	}
	return r.rows.Close()
}
