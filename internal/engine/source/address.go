package source

import (
	"net"
	"net/url"
	"path"
	"strconv"
	"strings"

	"fontis/internal/engine/keyed"
	"fontis/internal/vocab"
)

// Kind is the kind of a source.
type Kind string

// The kinds that the spine offers.
const (
	Postgres Kind = "postgres"
	SQLite   Kind = "sqlite"
	Register Kind = "keyed"
)

// Kinds lists every kind.
func Kinds() []Kind { return []Kind{Postgres, SQLite, Register} }

// Address is where a source is, without its password. Host, Port, Database,
// User and the TLS fields belong to Postgres; Path belongs to SQLite; Name
// belongs to Register.
type Address struct {
	Kind     Kind
	Host     string // a host name, an address, or the folder of a socket
	Port     uint16
	Database string
	User     string
	SSLMode  string
	RootCert string
	Path     string
	Name     string
}

// The TLS modes that PostgreSQL's own programs know.
const sslModes = " disable allow prefer require verify-ca verify-full "

const addressForms = "write postgres://USER@HOST:PORT/DATABASE?sslmode=verify-full, sqlite:///FOLDER/FILE.db, or keyed:NAME"

// ParseAddress reads an address. It takes no password: an address stands in
// lists, pages and logs, where a password must not.
func ParseAddress(s string) (Address, error) {
	if s == "" {
		return Address{}, badAddress("the address is empty")
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' }) {
		return Address{}, badAddress("the address holds a character that cannot be printed")
	}
	scheme, rest, found := strings.Cut(s, ":")
	switch {
	case found && (scheme == "postgres" || scheme == "postgresql"):
		return parsePostgres(s)
	case found && scheme == "sqlite":
		return parseSQLite(rest)
	case found && scheme == "keyed":
		return parseRegister(rest)
	case strings.Contains(s, "://"):
		return Address{}, vocab.NotOffered.Because("no driver reads an address of this kind").WithFix(addressForms)
	}
	return fileAddress(s)
}

// String writes the address so that ParseAddress reads it back.
func (a Address) String() string {
	switch a.Kind {
	case SQLite:
		u := url.URL{Path: a.Path}
		if path.IsAbs(a.Path) {
			return "sqlite://" + u.EscapedPath()
		}
		return "sqlite:" + u.EscapedPath()
	case Register:
		return "keyed:" + a.Name
	}
	u := url.URL{Scheme: "postgres", Path: "/" + a.Database, User: url.User(a.User)}
	q := url.Values{"sslmode": {a.SSLMode}}
	if a.RootCert != "" {
		q.Set("sslrootcert", a.RootCert)
	}
	port := strconv.Itoa(int(a.Port))
	if path.IsAbs(a.Host) {
		q.Set("host", a.Host)
		q.Set("port", port)
	} else {
		u.Host = net.JoinHostPort(a.Host, port)
	}
	u.RawQuery = q.Encode()
	return u.String()
}

func parsePostgres(s string) (Address, error) {
	u, err := url.Parse(s)
	if err != nil || u.Opaque != "" || u.Fragment != "" {
		// The parser's own error repeats its input, which may hold a password.
		return Address{}, badAddress("the address cannot be read as a PostgreSQL address")
	}
	if _, has := u.User.Password(); has {
		return Address{}, badAddress("the address holds a password").
			WithFix("leave the password out of the address and give it by file or at the prompt; %s", addressForms)
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return Address{}, badAddress("the part after ? cannot be read")
	}
	for k, v := range q {
		if !strings.Contains(" sslmode sslrootcert host port ", " "+k+" ") || len(v) != 1 {
			return Address{}, badAddress("the part after ? holds something other than one each of sslmode, sslrootcert, host and port")
		}
	}
	a := Address{Kind: Postgres, User: u.User.Username(), Database: strings.TrimPrefix(u.Path, "/"), RootCert: q.Get("sslrootcert")}
	if err := a.setHost(u, q); err != nil {
		return Address{}, err
	}
	a.SSLMode = q.Get("sslmode")
	if a.SSLMode == "" {
		a.SSLMode = "require"
		if a.nearby() {
			a.SSLMode = "prefer"
		}
	}
	switch {
	case a.User == "":
		return Address{}, badAddress("the address names no user")
	case a.Database == "" || strings.Contains(a.Database, "/"):
		return Address{}, badAddress("the address names no database")
	case strings.ContainsAny(a.SSLMode, " ") || !strings.Contains(sslModes, " "+a.SSLMode+" "):
		return Address{}, badAddress("sslmode is none of%s", strings.TrimRight(sslModes, " "))
	}
	return a, nil
}

func (a *Address) setHost(u *url.URL, q url.Values) error {
	a.Host = u.Hostname()
	port := u.Port()
	if folder := q.Get("host"); folder != "" {
		if a.Host != "" || !path.IsAbs(folder) {
			return badAddress("host= is for the folder of a socket, and then the address names no other host")
		}
		a.Host = path.Clean(folder)
	}
	if p := q.Get("port"); p != "" {
		if port != "" {
			return badAddress("the address names two ports")
		}
		port = p
	}
	if a.Host == "" || strings.ContainsAny(a.Host, ", ") {
		return badAddress("the address does not name exactly one host")
	}
	if port == "" {
		port = "5432"
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return badAddress("the port is not a number from 1 to 65535")
	}
	a.Port = uint16(n)
	return nil
}

// nearby reports whether no network lies between us and the source.
func (a Address) nearby() bool {
	if path.IsAbs(a.Host) || a.Host == "localhost" {
		return true
	}
	ip := net.ParseIP(a.Host)
	return ip != nil && ip.IsLoopback()
}

func parseSQLite(rest string) (Address, error) {
	rest, slashes := strings.CutPrefix(rest, "//")
	if slashes && !strings.HasPrefix(rest, "/") {
		return Address{}, badAddress("after sqlite:// comes the whole path, with a third slash")
	}
	if strings.ContainsAny(rest, "?#") {
		return Address{}, badAddress("a SQLite address takes no options; a ? in a file name is written %%3F, a # %%23")
	}
	file, err := url.PathUnescape(rest)
	if err != nil || strings.ContainsFunc(file, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' }) {
		return Address{}, badAddress("the file name cannot be read")
	}
	return fileAddress(file)
}

func fileAddress(file string) (Address, error) {
	if file == "" || strings.HasSuffix(file, "/") || path.Base(file) == "." || path.Base(file) == ".." {
		return Address{}, badAddress("the address names no file")
	}
	return Address{Kind: SQLite, Path: path.Clean(file)}, nil
}

func parseRegister(name string) (Address, error) {
	if err := keyed.ValidName(name); err != nil {
		return Address{}, badAddress("this cannot be the name of a register")
	}
	return Address{Kind: Register, Name: name}, nil
}

func badAddress(format string, args ...any) *vocab.Failure {
	return vocab.BadInput.Because(format, args...).WithFix(addressForms)
}
