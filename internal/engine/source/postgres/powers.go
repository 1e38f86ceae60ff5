package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"fontis/internal/engine/source"
	"fontis/internal/engine/source/statement"
)

// The most objects that are listed or tried: one is enough to refuse.
const (
	maxListed   = 200
	maxAttempts = 8
)

// Powers inspects every way in which the account could write, and then tries:
// the inspection knows what is granted, the attempt knows what the server does.
// A role counts with all roles that it could become, inherited or not.
func (d *DB) Powers(ctx context.Context) (source.Powers, error) {
	var p source.Powers
	var super bool
	err := d.read(ctx, func(tx pgx.Tx) error {
		var err error
		if super, err = d.attributes(ctx, tx, &p); err != nil || super {
			return err
		}
		if err := d.memberships(ctx, tx, &p); err != nil {
			return err
		}
		if err := d.grants(ctx, tx, &p); err != nil {
			return err
		}
		return d.side(ctx, tx, &p)
	})
	if err != nil {
		return p, err
	}
	if !super && len(p.Found) == 0 {
		err = d.attempt(ctx, &p)
	}
	p.Notes = append(p.Notes, d.notes()...)
	return p, err
}

const selectAttributes = `
SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication, current_database()
FROM pg_roles WHERE rolname = current_user`

// attributes reads what the role itself is. A superuser may do everything:
// listing the rest would say no more.
func (d *DB) attributes(ctx context.Context, tx pgx.Tx, p *source.Powers) (bool, error) {
	var database string
	var has [5]bool
	err := tx.QueryRow(ctx, selectAttributes).Scan(&p.Account, &has[0], &has[1], &has[2], &has[3], &has[4], &database)
	if err != nil {
		return false, err
	}
	if has[0] {
		p.Found = append(p.Found, source.Power{What: "everything, being a superuser", Mend: readerInstead(database)})
		return true, nil
	}
	for i, word := range []string{"", "CREATEROLE", "CREATEDB", "BYPASSRLS", "REPLICATION"} {
		if has[i] {
			p.Found = append(p.Found, source.Power{What: "by its attribute " + word, Mend: fmt.Sprintf("ALTER ROLE %s NO%s;", quoteIdent(p.Account), word)})
		}
	}
	return false, nil
}

// readerInstead makes an account that can only read, for one that cannot be
// mended: a superuser, or an owner.
func readerInstead(database string) string {
	return "CREATE ROLE fontis_reader LOGIN PASSWORD '...'; GRANT CONNECT ON DATABASE " + quoteIdent(database) +
		" TO fontis_reader; GRANT USAGE ON SCHEMA public TO fontis_reader; GRANT SELECT ON ALL TABLES IN SCHEMA public TO fontis_reader;"
}

const selectMemberships = `
SELECT r.rolname, r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolbypassrls OR r.rolreplication
FROM pg_roles r
WHERE r.rolname <> current_user AND pg_has_role(r.oid, 'MEMBER')
ORDER BY r.rolname`

// memberships finds the roles that the account could become and that carry an
// attribute, or one of the server's own roles that writes or runs programs.
func (d *DB) memberships(ctx context.Context, tx pgx.Tx, p *source.Powers) error {
	rows, err := tx.Query(ctx, selectMemberships)
	if err != nil {
		return err
	}
	defer rows.Close()
	writers := []string{
		"pg_write_all_data", "pg_write_server_files", "pg_execute_server_program", "pg_signal_backend",
		"pg_database_owner", "pg_create_subscription", "pg_maintain", "pg_checkpoint",
	}
	for rows.Next() {
		var role string
		var strong bool
		if err := rows.Scan(&role, &strong); err != nil {
			return err
		}
		if strong || slices.Contains(writers, role) {
			p.Found = append(p.Found, source.Power{What: "as a member of " + role, Mend: fmt.Sprintf("REVOKE %s FROM %s;", quoteIdent(role), quoteIdent(p.Account))})
		}
	}
	return rows.Err()
}

// Each row is one power: what it is over, who owns that, the privilege (empty when
// it comes by owning) and through whom the account has it (empty is everyone). The
// roles are all that the account could become.
const selectGrants = `
WITH me AS (SELECT r.oid, r.rolname FROM pg_roles r WHERE pg_has_role(r.oid, 'MEMBER')),
spaces AS (
	SELECT oid, nspname, nspowner, nspacl FROM pg_namespace
	WHERE nspname <> 'information_schema' AND nspname NOT LIKE 'pg\_%'),
things AS (
	SELECT 'DATABASE' AS kind, '' AS space, datname::text AS name, datdba AS owner, coalesce(datacl, acldefault('d', datdba)) AS acl
	FROM pg_database WHERE datname = current_database()
	UNION ALL
	SELECT 'SCHEMA', '', nspname::text, nspowner, coalesce(nspacl, acldefault('n', nspowner)) FROM spaces
	UNION ALL
	SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, s.nspname::text, c.relname::text, c.relowner,
		coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r'::"char" END, c.relowner))
	FROM pg_class c JOIN spaces s ON s.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
	UNION ALL
	SELECT 'COLUMN ' || a.attname::text, s.nspname::text, c.relname::text, 0::oid, a.attacl
	FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN spaces s ON s.oid = c.relnamespace WHERE a.attacl IS NOT NULL)
SELECT kind, space, name, '' AS privilege, me.rolname::text AS holder
FROM things JOIN me ON me.oid = things.owner
UNION ALL
SELECT kind, space, name, x.privilege_type, coalesce(me.rolname::text, '')
FROM things CROSS JOIN LATERAL aclexplode(acl) x LEFT JOIN me ON me.oid = x.grantee
WHERE (x.grantee = 0 OR me.oid IS NOT NULL) AND (
	x.privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER', 'CREATE', 'MAINTAIN')
	OR x.privilege_type = 'USAGE' AND kind = 'SEQUENCE')
	AND NOT EXISTS (SELECT 1 FROM me AS o WHERE o.oid = things.owner)
ORDER BY 1, 2, 3, 4, 5
LIMIT $1::int8`

func (d *DB) grants(ctx context.Context, tx pgx.Tx, p *source.Powers) error {
	rows, err := tx.Query(ctx, selectGrants, maxListed)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var g grant
		if err := rows.Scan(&g.kind, &g.space, &g.name, &g.privilege, &g.holder); err != nil {
			return err
		}
		p.Found = append(p.Found, g.power(p.Account, d.address.Database))
	}
	return rows.Err()
}

type grant struct{ kind, space, name, privilege, holder string }

// power says the grant in words, with the statement that ends it. What comes
// through another role ends by leaving that role.
func (g grant) power(account, database string) source.Power {
	on := quoteIdent(g.name)
	if g.space != "" {
		on = quoteIdent(g.space) + "." + on
	}
	kind, column, ofColumn := strings.Cut(g.kind, " ")
	object := kind + " " + on
	privilege := g.privilege
	if ofColumn {
		object, privilege = "TABLE "+on, privilege+" ("+quoteIdent(column)+")"
	}
	through := ""
	switch g.holder {
	case account:
	case "":
		through = ", as everyone can"
	default:
		through = ", as a member of " + g.holder
	}
	if g.privilege == "" {
		mend := readerInstead(database)
		if g.holder != account {
			mend = fmt.Sprintf("REVOKE %s FROM %s;", quoteIdent(g.holder), quoteIdent(account))
		}
		return source.Power{What: "as owner of " + strings.ToLower(kind) + " " + on + through, Mend: mend}
	}
	power := source.Power{What: privilege + " on " + strings.ToLower(kind) + " " + on + through}
	switch g.holder {
	case account:
		power.Mend = fmt.Sprintf("REVOKE %s ON %s FROM %s;", privilege, object, quoteIdent(account))
	case "":
		power.Mend = fmt.Sprintf("REVOKE %s ON %s FROM PUBLIC;", privilege, object)
	default:
		power.Mend = fmt.Sprintf("REVOKE %s FROM %s;", quoteIdent(g.holder), quoteIdent(account))
	}
	return power
}

const selectSide = `
SELECT has_database_privilege(current_database(), 'TEMP'),
	(SELECT count(*) FROM pg_proc f JOIN pg_namespace n ON n.oid = f.pronamespace
	WHERE f.prosecdef AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
		AND has_schema_privilege(n.oid, 'USAGE') AND has_function_privilege(f.oid, 'EXECUTE'))`

// side notes what is no writing of the source's tables by itself.
func (d *DB) side(ctx context.Context, tx pgx.Tx, p *source.Powers) error {
	var temp bool
	var functions int64
	if err := tx.QueryRow(ctx, selectSide).Scan(&temp, &functions); err != nil {
		return err
	}
	if temp {
		p.Notes = append(p.Notes, "the account can make temporary tables, which end with its connection: REVOKE TEMPORARY ON DATABASE "+quoteIdent(d.address.Database)+" FROM PUBLIC")
	}
	if functions > 0 {
		p.Notes = append(p.Notes, fmt.Sprintf("the account can call %d functions that run with their owner's rights; whether they write cannot be seen from outside; fontis calls none", functions))
	}
	return nil
}

const selectTargets = `
SELECT n.nspname::text, c.relname::text
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
	AND has_schema_privilege(n.oid, 'USAGE')
ORDER BY 1, 2
LIMIT $1::int8`

// attempt tries to write where the inspection found no power, each try in a
// transaction that is rolled back. A try touches no row, even if it succeeds.
func (d *DB) attempt(ctx context.Context, p *source.Powers) error {
	var tries []try
	err := d.read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, selectTargets, maxAttempts)
		if err != nil {
			return err
		}
		defer rows.Close()
		seen := map[string]bool{}
		for rows.Next() {
			var t source.Table
			if err := rows.Scan(&t.Schema, &t.Name); err != nil {
				return err
			}
			tries = append(tries, try{"DELETE FROM " + statement.From(t) + " WHERE false", "rows of " + t.FullName()})
			if !seen[t.Schema] {
				seen[t.Schema] = true
				tries = append(tries, try{"CREATE TABLE " + statement.Quote(t.Schema) + ".fontis_probe (x int)", "new tables in schema " + t.Schema})
			}
		}
		return rows.Err()
	})
	if err != nil {
		return err
	}
	tries = append(tries, try{"CREATE SCHEMA fontis_probe", "new schemas"})
	for _, t := range tries {
		could, readOnly, err := d.try(ctx, t.statement)
		if err != nil {
			return err
		}
		if readOnly {
			p.Notes = append(p.Notes, "the server takes no writing from anyone, as a standby does: the proof rests on the grants alone")
			return nil
		}
		if could {
			p.Found = append(p.Found, source.Power{What: t.what + ", though no grant says so", Mend: readerInstead(d.address.Database)})
		}
	}
	return nil
}

type try struct{ statement, what string }

func (d *DB) try(ctx context.Context, text string) (could, readOnly bool, err error) {
	var refusal *pgconn.PgError
	err = d.in(ctx, "BEGIN READ WRITE; "+limits(d.timeout), func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, text)
		could = err == nil
		if errors.As(err, &refusal) {
			return nil
		}
		return err
	})
	switch {
	case err != nil || could:
		return could, false, err
	case refusal == nil:
		return false, false, nil
	case refusal.Code == "25006":
		return false, true, nil
	case refusal.Code == "42501":
		return false, false, nil
	}
	return false, false, d.explainCode(refusal)
}

func quoteIdent(name string) string { return statement.Quote(name) }
