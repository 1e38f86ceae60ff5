package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
	_ "time/tzdata" // a bare machine has no table of time zones

	"github.com/BurntSushi/toml"

	"fontis/internal/trust/identity/limit"
	"fontis/internal/vocab"
)

// Config is a node's own file, node.toml in its folder. Flags of the command
// line have the same names.
type Config struct {
	Dir string `toml:"-"` // the node's folder

	Name         string `toml:"name"`         // of the node, and of its log: "NAME/log/1"
	Jurisdiction string `toml:"jurisdiction"` // area code
	// TimeZone is where the node's days begin and the hours of grants are;
	// Asia/Shanghai when nothing is said.
	TimeZone    string `toml:"time_zone,omitempty"`
	Listen      string `toml:"listen"` // host:port
	URL         string `toml:"url"`    // how others reach it
	TLSCert     string `toml:"tls_cert,omitempty"`
	TLSKey      string `toml:"tls_key,omitempty"`
	BehindProxy bool   `toml:"behind_proxy,omitempty"`

	Keys              string `toml:"keys,omitempty"`                // folder of keys; default DIR/keys
	KeyPassphraseFile string `toml:"key_passphrase_file,omitempty"` // or a service credential
	KeyCredential     string `toml:"key_credential,omitempty"`

	Database     string `toml:"database,omitempty"`      // empty: SQLite in the folder; else postgres://...
	DatabaseFile string `toml:"database_file,omitempty"` // file that holds the address with its password
	Schema       string `toml:"schema,omitempty"`
	// Index is where the catalog's index stands: "memory" when nothing is said, or
	// "postgres" for tables beside those of the record.
	Index string `toml:"index,omitempty"`

	// Calls a second that one member, and one address without a name, may make
	// before they are asked to wait; 0 takes the defaults.
	MemberCalls  float64 `toml:"member_calls,omitzero"`
	AddressCalls float64 `toml:"address_calls,omitzero"`

	// SourceFolders are the folders in which a member's SQLite sources may lie, by
	// member, "*" for every one; SourceHosts are the hosts of PostgreSQL sources.
	SourceFolders map[string][]string `toml:"source_folders,omitempty"`
	SourceHosts   []string            `toml:"source_hosts,omitempty"`

	// WebhookHosts are the hosts, with their port where they have one, to which
	// notices of a member may go, by member, "*" for every one.
	WebhookHosts map[string][]string `toml:"webhook_hosts,omitempty"`
	// HarvestHosts are the hosts, with their port where they have one, of catalogs that
	// a member may have read, by member, "*" for every one.
	HarvestHosts map[string][]string `toml:"harvest_hosts,omitempty"`
	Mail         Mail                `toml:"mail,omitempty"`

	Help Help `toml:"help,omitempty"` // whom a resident talks to

	Demo bool `toml:"demo,omitempty"` // invented people and accounts, on loopback only

	OIDC []OIDC `toml:"oidc,omitempty"`
}

// Mail is the server that takes notices by e-mail; without an address none go.
type Mail struct {
	Address      string `toml:"address"` // host:port
	From         string `toml:"from"`
	Security     string `toml:"security,omitempty"` // offered (STARTTLS where there is one), required, tls
	User         string `toml:"user,omitempty"`
	PasswordFile string `toml:"password_file,omitempty"`
	CAFile       string `toml:"ca_file,omitempty"` // a private authority's certificates
}

// Help is the person behind the pages: the number to call, when somebody answers,
// and where the counter is. What is empty is not told.
type Help struct {
	Phone string `toml:"phone,omitempty"`
	Hours string `toml:"hours,omitempty"`
	Place string `toml:"place,omitempty"`
}

// OIDC is one issuer through which officers, or persons, sign in. The claims say under which
// names the issuer gives login, name, member and roles.
type OIDC struct {
	Name        string            `toml:"name"`
	Issuer      string            `toml:"issuer"`
	ClientID    string            `toml:"client_id"`
	SecretFile  string            `toml:"client_secret_file,omitempty"`
	Scopes      []string          `toml:"scopes,omitempty"`
	LoginClaim  string            `toml:"login_claim,omitempty"`
	NameClaim   string            `toml:"name_claim,omitempty"`
	Member      string            `toml:"member,omitempty"` // of all its officers
	MemberClaim string            `toml:"member_claim,omitempty"`
	Members     []string          `toml:"members,omitempty"` // it may speak for
	RolesClaim  string            `toml:"roles_claim,omitempty"`
	Roles       map[string]string `toml:"roles,omitempty"`        // user, steward
	StrongRoles map[string]string `toml:"strong_roles,omitempty"` // authority, auditor, operator, counter: the issuer makes them alone
	AddUnknown  bool              `toml:"add_unknown,omitempty"`

	// For persons instead of officers: the claim that holds the subject key, and
	// its kind: citizen, permit, passport.
	SubjectClaim string `toml:"subject_claim,omitempty"`
	SubjectKind  string `toml:"subject_kind,omitempty"`
}

const configFile = "node.toml"

// ReadConfig reads node.toml of the folder; a folder without one is no node.
func ReadConfig(dir string) (Config, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return Config{}, err
	}
	cfg := Config{}
	meta, err := toml.DecodeFile(filepath.Join(abs, configFile), &cfg)
	if errors.Is(err, fs.ErrNotExist) {
		return Config{}, vocab.NoSuchThing.Because("%s is not the folder of a node: it has no %s", abs, configFile).WithFix("make one: fontis init --node %s", dir)
	}
	if err != nil {
		return Config{}, vocab.BadInput.Wrap(err, "%s", filepath.Join(abs, configFile))
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return Config{}, vocab.BadInput.Because("%s has the unknown key %q", filepath.Join(abs, configFile), unknown[0].String())
	}
	cfg.Dir = abs
	return cfg, nil
}

// WriteConfig makes the node's folder with its file; an existing node is refused.
func WriteConfig(cfg Config) error {
	for _, dir := range []string{cfg.Dir, cfg.data()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("make the node's folder: %w", err)
		}
	}
	path := filepath.Join(cfg.Dir, configFile)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return vocab.AlreadyExists.Because("%s is a node already", cfg.Dir)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if err := toml.NewEncoder(f).Encode(cfg); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return f.Sync()
}

// The defaults let a busy member work and a guessing stranger wait.
const (
	memberCalls  = 2000
	addressCalls = 100
)

func (c Config) limits() limit.Limits {
	member, address := c.MemberCalls, c.AddressCalls
	if member <= 0 {
		member = memberCalls
	}
	if address <= 0 {
		address = addressCalls
	}
	return limit.Limits{Member: limit.Rate{PerSecond: member, Burst: int(2 * member)}, Address: limit.Rate{PerSecond: address, Burst: int(4 * address)}}
}

func (c Config) zone() (*time.Location, error) {
	name := c.TimeZone
	if name == "" {
		name = "Asia/Shanghai"
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, vocab.BadInput.Because("time_zone is %q, which is no time zone", name).WithFix("write one such as Asia/Shanghai or UTC")
	}
	return zone, nil
}

func (c Config) data() string { return filepath.Join(c.Dir, "data") }

func (c Config) keys() string {
	if c.Keys != "" {
		return c.Keys
	}
	return filepath.Join(c.Dir, "keys")
}

// policyPath is the C2SP tlog-policy text that names the witnesses; without it
// the log's own signature is all a receipt carries, and doctor says so.
func (c Config) policyPath() string { return filepath.Join(c.Dir, "witnesses.policy") }

// databaseAddress is the address with its password, from the file when one is named.
func (c Config) databaseAddress() (string, error) {
	if c.DatabaseFile == "" {
		return c.Database, nil
	}
	b, err := os.ReadFile(c.DatabaseFile)
	if err != nil {
		return "", vocab.FileUnreadable.Wrap(err, "read the address of the database").
			WithFix("write the address into that file, mode 0600, or name another: database_file in node.toml, --database-file of init")
	}
	return firstLine(b), nil
}
