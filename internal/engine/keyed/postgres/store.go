package postgres

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"

	"fontis/internal/engine/keyed"
	"fontis/internal/vocab"
)

// tablePrefix begins the name of a version's table. The underscores in it are
// escaped where LIKE reads it.
const tablePrefix = "keyed_v_"

// manyAtOnce is how many keys one statement takes.
const manyAtOnce = 50_000

// {schema} and {table} stand for quoted names; all else is a parameter.
const (
	createSchema = `CREATE SCHEMA IF NOT EXISTS {schema}`
	createList   = `CREATE TABLE IF NOT EXISTS {schema}.keyed_register (
		name text COLLATE "C" PRIMARY KEY, version text NOT NULL, dated bigint NOT NULL, loaded bigint NOT NULL,
		row_count bigint NOT NULL, key_count bigint NOT NULL, several bigint NOT NULL)`
	createTable = `CREATE TABLE {table} (k bytea NOT NULL, v bytea NOT NULL)`
	createIndex = `ALTER TABLE {table} ADD PRIMARY KEY (k)`
	analyze     = `ANALYZE {table}`
	dropTable   = `DROP TABLE IF EXISTS {table}`

	lockStart   = `SELECT pg_advisory_xact_lock(hashtextextended('fontis keyed start ' || $1, 0))`
	lockLoad    = `SELECT pg_advisory_lock(hashtextextended('fontis keyed load ' || $1, 0))`
	unlockLoad  = `SELECT pg_advisory_unlock(hashtextextended('fontis keyed load ' || $1, 0))`
	tryLockLoad = `SELECT pg_try_advisory_xact_lock(hashtextextended('fontis keyed load ' || $1, 0))`

	selectLeft = `SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = $1 AND tablename LIKE 'keyed\_v\_%'
		AND NOT EXISTS (SELECT 1 FROM {schema}.keyed_register AS r WHERE tablename = 'keyed_v_' || r.version)`
	selectForChange = `SELECT version FROM {schema}.keyed_register WHERE name = $1 FOR UPDATE`
	upsertRegister  = `INSERT INTO {schema}.keyed_register (name, version, dated, loaded, row_count, key_count, several)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (name) DO UPDATE SET version = excluded.version, dated = excluded.dated,
		loaded = excluded.loaded, row_count = excluded.row_count, key_count = excluded.key_count, several = excluded.several`
	deleteRegister  = `DELETE FROM {schema}.keyed_register WHERE name = $1`
	selectRegister  = `SELECT name, version, dated, loaded, row_count, key_count, several FROM {schema}.keyed_register WHERE name = $1`
	selectRegisters = `SELECT name, version, dated, loaded, row_count, key_count, several FROM {schema}.keyed_register ORDER BY name`

	selectOne  = `SELECT v FROM {table} WHERE k = $1`
	selectMany = `SELECT a.i, t.v FROM unnest($1::bytea[]) WITH ORDINALITY AS a(k, i) JOIN {table} AS t ON t.k = a.k`
	selectAll  = `SELECT k, v FROM {table} ORDER BY k`
)

// in puts the schema's quoted name into a statement.
func (d *driver) in(text string) string {
	return strings.ReplaceAll(text, "{schema}", pgx.Identifier{d.schema}.Sanitize())
}

// onTable puts a version's quoted name into a statement.
func (d *driver) onTable(text, table string) string {
	return strings.Replace(text, "{table}", pgx.Identifier{d.schema, table}.Sanitize(), 1)
}

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func (d *driver) describe(ctx context.Context, name string) (keyed.Info, error) {
	info, err := scanInfo(d.pool.QueryRow(ctx, d.in(selectRegister), name))
	if errors.Is(err, pgx.ErrNoRows) {
		return info, keyed.NotThere(name)
	}
	return info, err
}

func scanInfo(row pgx.Row) (i keyed.Info, err error) {
	var dated, loaded int64
	err = row.Scan(&i.Name, &i.Version, &dated, &loaded, &i.Rows, &i.Keys, &i.Several)
	i.Dated, i.Loaded = micros(dated), micros(loaded)
	return i, err
}

func (d *driver) one(ctx context.Context, info keyed.Info, key keyed.Key, found func(int, []byte) error) error {
	var v []byte
	err := d.pool.QueryRow(ctx, d.onTable(selectOne, tablePrefix+info.Version), key[:]).Scan(&v)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return found(0, v)
}

func (d *driver) many(ctx context.Context, q querier, info keyed.Info, keys []keyed.Key, at int, found func(int, []byte) error) error {
	raw := make([][]byte, len(keys))
	for i := range keys {
		raw[i] = keys[i][:]
	}
	rows, err := q.Query(ctx, d.onTable(selectMany, tablePrefix+info.Version), raw)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var i int
		var v []byte
		if err := rows.Scan(&i, &v); err != nil {
			return err
		}
		if err := found(at+i-1, v); err != nil { // ordinality counts from 1
			return err
		}
	}
	return rows.Err()
}

// walk reads one version, and tells begin only when its table answers.
func (d *driver) walk(ctx context.Context, info keyed.Info, begin func(keyed.Info) error, each func(keyed.Entry) error) error {
	rows, err := d.pool.Query(ctx, d.onTable(selectAll, tablePrefix+info.Version))
	if err != nil {
		return err
	}
	defer rows.Close()
	more := rows.Next()
	if err := rows.Err(); err != nil {
		return err
	}
	if err := begin(info); err != nil {
		return err
	}
	var k, v []byte
	for ; more; more = rows.Next() {
		if err := rows.Scan(&k, &v); err != nil {
			return err
		}
		if len(k) != len(keyed.Key{}) {
			return vocab.SourceAway.Because("register %s is damaged: a key has %d bytes", info.Name, len(k))
		}
		if err := each(keyed.Entry{Key: keyed.Key(k), Packed: v}); err != nil {
			return err
		}
	}
	return rows.Err()
}
