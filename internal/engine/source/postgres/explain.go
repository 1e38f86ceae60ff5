package postgres

import (
	"context"
	"errors"
	"net"

	"github.com/jackc/pgx/v5/pgconn"

	"fontis/internal/vocab"
)

// explain turns the server's codes into failures. Its sentences are not
// repeated: they may hold values of the source. Its codes and the names of
// tables are safe.
func (d *DB) explain(ctx context.Context, err error) error {
	var f *vocab.Failure
	if err == nil || errors.As(err, &f) {
		return err
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return d.explainCode(pg)
	}
	if ctx.Err() != nil {
		return vocab.SourceSlow.Wrap(ctx.Err(), "the call was given up")
	}
	var dns *net.DNSError
	var refused *net.OpError
	switch {
	case errors.As(err, &dns):
		return vocab.SourceAway.Because("the name of the host is not known").WithFix("check the host name, or write its address")
	case pgconn.Timeout(err):
		return vocab.SourceSlow.Because("the server did not answer in time")
	case errors.As(err, &refused) && refused.Op == "dial":
		return vocab.SourceAway.Because("nobody answers at the host and port of the address").
			WithFix("check host and port, that the server runs, and that the firewall lets this machine through")
	case errors.As(err, &refused):
		return vocab.SourceAway.Because("the network gave an error at %s", refused.Op).
			WithFix("check host and port, that the server runs, and that the firewall lets this machine through")
	}
	var connecting *pgconn.ConnectError
	if errors.As(err, &connecting) {
		return vocab.SourceAway.Because("the server took the connection and then would not speak as PostgreSQL, or not with sslmode=%s", d.address.SSLMode).
			WithFix("check that this is PostgreSQL's port, and whether the server offers TLS")
	}
	return vocab.SourceAway.Because("the connection broke while the source was read").WithFix("ask again; if it stays so, look at the server's log")
}

func (d *DB) explainCode(pg *pgconn.PgError) error {
	name := pg.TableName
	if pg.ColumnName != "" {
		name += "." + pg.ColumnName
	}
	switch pg.Code {
	case "28P01", "28000":
		return vocab.SourceAway.Because("the server refused account %s with this password from here, code %s", d.address.User, pg.Code).
			WithFix("check the password, and the server's pg_hba.conf for this machine and account")
	case "3D000":
		return vocab.SourceAway.Because("the server has no database %s", d.address.Database).
			WithFix("name a database of that server behind the last / of the address: postgres://USER@HOST:PORT/DATABASE")
	case "57014":
		return vocab.SourceSlow.Because("the server gave the statement up at the time limit of %s", d.timeout)
	case "55P03":
		return vocab.SourceSlow.Because("another program holds a lock on the table").WithFix("wait until the other program is done: SELECT * FROM pg_locks WHERE NOT granted")
	case "53300":
		return vocab.SourceAway.Because("the server has no free connection").WithFix("raise max_connections, or the account's CONNECTION LIMIT to at least %d", maxConnections)
	case "42501":
		return vocab.SourceUnknown.Because("account %s may not read this", d.address.User).
			WithFix("GRANT SELECT ON THE_TABLE TO %s", quoteIdent(d.address.User))
	case "40001", "40P01":
		return vocab.SourceAway.Because("the reading met a change at the source, code %s", pg.Code).WithFix("ask again")
	}
	switch pg.Code[:min(2, len(pg.Code))] {
	case "42", "3F":
		return vocab.SourceUnknown.Because("the tables of the source are no longer as they were, code %s %s", pg.Code, name)
	case "22":
		return vocab.BadInput.Because("a value asked for is none of the column's type, code %s", pg.Code)
	case "53":
		return vocab.SourceAway.Because("the server has run out of a resource, code %s", pg.Code)
	}
	return vocab.SourceAway.Because("the server gave code %s", pg.Code)
}
