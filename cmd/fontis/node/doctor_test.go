package node

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fontis/cmd/fontis/console"
	"fontis/internal/app"
	"fontis/internal/duty/calendar"
	"fontis/internal/edge/api"
	"fontis/internal/edge/client"
	"fontis/internal/edge/problem"
	"fontis/internal/engine/db"
	"fontis/internal/engine/source"
	"fontis/internal/trust/access"
	"fontis/internal/trust/ledger/tally"
	"fontis/internal/vocab"
)

// sick is a patient with an empty folder, whose diary nobody reads.
func sick(t *testing.T) *patient {
	t.Helper()
	dir := t.TempDir()
	for _, d := range []string{dir, filepath.Join(dir, "data"), filepath.Join(dir, "keys")} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	c := &console.Console{Streams: console.Streams{Out: &bytes.Buffer{}, Err: &bytes.Buffer{}}, Globals: &console.Globals{Node: dir}, Ctx: t.Context()}
	p := &patient{c: c, cfg: app.Config{Dir: dir, Listen: "127.0.0.1:0", URL: "https://data.test"}}
	p.whom("op@bureau", "wang@social")
	return p
}

// said is the one finding that is not fine.
func (p *patient) said(t *testing.T) finding {
	t.Helper()
	var out []finding
	for _, f := range p.findings {
		if f.State != fine {
			out = append(out, f)
		}
	}
	p.findings = nil
	if len(out) != 1 {
		t.Fatalf("findings: %+v", out)
	}
	return out[0]
}

func write(t *testing.T, path string, content []byte, at time.Time) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if !at.IsZero() {
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
}

// certificate is one that ends then.
func certificate(t *testing.T, until time.Time) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	is := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: until.AddDate(-1, 0, 0), NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, is, is, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// made notes a backup as this machine's newest.
func made(t *testing.T, p *patient, at time.Time) {
	t.Helper()
	b, err := json.Marshal(madeBackup{File: "monday.fontis", Made: at})
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(p.cfg.Dir, backupNote), b, time.Time{})
}

func TestDoctorNamesTheMendingCommandOfWhatItSeesOnTheDisk(t *testing.T) {
	now := time.Now()
	for name, c := range map[string]struct {
		spoil func(t *testing.T, p *patient)
		look  func(p *patient)
		state string
		fix   string
	}{
		"a folder that is gone": {
			func(t *testing.T, p *patient) { os.RemoveAll(filepath.Join(p.cfg.Dir, "data")) },
			func(p *patient) { p.folders() }, bad, "fontis restore FILE --node ",
		},
		"a folder of keys that is gone": {
			func(t *testing.T, p *patient) { os.RemoveAll(filepath.Join(p.cfg.Dir, "keys")) },
			func(p *patient) { p.folders() }, bad, "from its own copy: no backup holds one",
		},
		"data that are gone while the keys stayed": {
			func(t *testing.T, p *patient) { os.RemoveAll(filepath.Join(p.cfg.Dir, "data")) },
			func(p *patient) { p.keys() }, bad, "fontis restore FILE",
		},
		"a folder that others may read": {
			func(t *testing.T, p *patient) { os.Chmod(filepath.Join(p.cfg.Dir, "keys"), 0o755) },
			func(p *patient) { p.folders() }, bad, "chmod 700 ",
		},
		"no keys": {
			func(*testing.T, *patient) {}, func(p *patient) { p.keys() }, bad, "",
		},
		"a certificate that has ended": {
			func(t *testing.T, p *patient) {
				p.cfg.TLSCert = filepath.Join(p.cfg.Dir, "cert.pem")
				write(t, p.cfg.TLSCert, certificate(t, now.AddDate(0, 0, -1)), time.Time{})
			},
			func(p *patient) { p.certificate() }, bad, "put a new certificate at ",
		},
		"a certificate that ends soon": {
			func(t *testing.T, p *patient) {
				p.cfg.TLSCert = filepath.Join(p.cfg.Dir, "cert.pem")
				write(t, p.cfg.TLSCert, certificate(t, now.AddDate(0, 0, 20)), time.Time{})
			},
			func(p *patient) { p.certificate() }, warn, "restart: fontis serve",
		},
		"a certificate that is not there": {
			func(_ *testing.T, p *patient) { p.cfg.TLSCert = filepath.Join(p.cfg.Dir, "cert.pem") },
			func(p *patient) { p.certificate() }, bad, "",
		},
		"an open address without one": {
			func(_ *testing.T, p *patient) { p.cfg.Listen = "0.0.0.0:8443" },
			func(p *patient) { p.certificate() }, bad, "--behind-proxy",
		},
		"a clock that goes behind": {
			func(t *testing.T, p *patient) {
				write(t, filepath.Join(p.cfg.Dir, "data", "x"), nil, now.Add(time.Hour))
			},
			func(p *patient) { p.clock() }, bad, "timedatectl set-ntp true",
		},
		"a disk that is nearly full": {
			func(*testing.T, *patient) {}, func(p *patient) { p.space(4<<30, 100<<30) }, bad, "below 5 % no source is opened",
		},
		"a disk that fills": {
			func(*testing.T, *patient) {}, func(p *patient) { p.space(14<<30, 100<<30) }, warn, "free some space on the disk of ",
		},
		"a folder of another user": {
			func(t *testing.T, p *patient) {
				if err := os.Chown(filepath.Join(p.cfg.Dir, "data"), 65534, 65534); err != nil {
					t.Skipf("only root gives a folder away: %v", err)
				}
			},
			func(p *patient) { p.folders() }, warn, "run fontis as the owner of the folder",
		},
		"a folder that another process holds": {
			func(t *testing.T, p *patient) {
				held, err := db.AcquireLease(t.Context(), filepath.Join(p.cfg.Dir, "data"), now, nil)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { held.Release() })
			},
			func(p *patient) { p.node() }, warn, "wait for the other command to end",
		},
		"no backup": {
			func(*testing.T, *patient) {}, func(p *patient) { p.backups() }, warn, "fontis backup ",
		},
		"an old backup": {
			func(t *testing.T, p *patient) { made(t, p, now.AddDate(0, 0, -8)) },
			func(p *patient) { p.backups() }, warn, "fontis backup ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := sick(t)
			c.spoil(t, p)
			c.look(p)
			if f := p.said(t); f.State != c.state || !strings.Contains(f.Fix, c.fix) || f.Fix == "" || f.Text == "" {
				t.Errorf("%+v, want %s with %q", f, c.state, c.fix)
			}
		})
	}
}

func TestDoctorNamesTheMendingCommandOfTheSources(t *testing.T) {
	list := func(state string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			json.NewEncoder(w).Encode(api.Sources{Items: []access.Connected{{ID: "insurance", Kind: source.Postgres, State: state}}})
		}
	}
	refuse := func(code vocab.Code) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			json.NewEncoder(w).Encode(problem.Problem{Status: http.StatusForbidden, Code: code, Detail: "not you", Fix: "as told"})
		}
	}
	for name, c := range map[string]struct {
		signedIn bool
		answer   http.HandlerFunc
		state    string
		fix      string
	}{
		"a source that is away":        {true, list("away"), bad, "fontis source check insurance"},
		"a source that can be written": {true, list("writable"), bad, "fontis source check insurance"},
		"nobody is signed in":          {false, list("ready"), warn, "fontis login wang@social, then fontis doctor"},
		"no steward is signed in":      {true, refuse(vocab.RoleMissing), warn, "fontis doctor --as wang@social"},
		"a session that has ended":     {true, refuse(vocab.SignInNeeded), warn, "fontis login op@bureau, then fontis doctor"},
		"a node in trouble":            {true, refuse(vocab.DatabaseAway), bad, "as told"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("FONTIS_HOME", t.TempDir())
			p := sick(t)
			if c.signedIn {
				w, err := console.WalletFor(p.cfg.Dir)
				if err != nil {
					t.Fatal(err)
				}
				if err := w.Keep(console.Credential{Node: p.cfg.Dir, Officer: "op@bureau", Token: "x", Expires: time.Now().Add(time.Hour)}); err != nil {
					t.Fatal(err)
				}
			}
			p.sources(client.Over(c.answer, ""))
			if f := p.said(t); f.State != c.state || !strings.Contains(f.Fix, c.fix) {
				t.Errorf("%+v, want %s with %q", f, c.state, c.fix)
			}
		})
	}
}

func TestDoctorSaysHowToSignInWhereNobodyIsForTheLogOfARunningNode(t *testing.T) {
	t.Setenv("FONTIS_HOME", t.TempDir())
	p := sick(t)
	p.askState(client.Over(http.NotFoundHandler(), ""))
	if f := p.said(t); f.Check != "log" || f.State != warn || f.Fix != "fontis login op@bureau, then fontis doctor --as op@bureau" {
		t.Errorf("%+v", f)
	}
}

func TestDoctorNamesTheNewestBackupWhereARestoreMends(t *testing.T) {
	p := sick(t)
	made(t, p, time.Now().Add(-time.Hour))
	if p.backups(); p.findings[0].State != fine {
		t.Errorf("a fresh backup: %+v", p.findings)
	}
	if got := p.restore(); got != "fontis restore monday.fontis --node "+p.cfg.Dir {
		t.Errorf("the mending command is %q", got)
	}
}

func TestDoctorNamesTheMendingCommandOfTheLogsState(t *testing.T) {
	ended := tally.Report{Ended: time.Now(), Phase: "resting"}
	for name, c := range map[string]struct {
		is    api.NodeState
		check string
		state string
		fix   string
	}{
		"a calendar that ends": {
			api.NodeState{Witnesses: 1, Calendars: []calendar.Warning{{Calendar: "CN", Last: 20000}}, Tally: ended}, "calendar", warn, "fontis calendar import FILE --as op@bureau",
		},
		"notices that would not go":    {api.NodeState{Witnesses: 1, DeadLetters: 2, Tally: ended}, "notices", warn, "fontis notice dead --as op@bureau"},
		"leaves without a record":      {api.NodeState{Witnesses: 1, Alarms: []uint64{7}, Tally: ended}, "log", bad, "fontis doctor --all --node "},
		"a folder that was copied":     {api.NodeState{Witnesses: 1, RolledBack: "witness w holds 9 entries", Tally: ended}, "log", bad, "fontis restore FILE --node "},
		"nobody who remembers":         {api.NodeState{Tally: ended}, "log", warn, "fontis witness --log https://data.test"},
		"a witness that is away":       {api.NodeState{Witnesses: 1, Waiting: time.Now(), Tally: ended}, "log", warn, "bring a witness back"},
		"records that are gone":        {api.NodeState{Witnesses: 1, Gone: 3, Tally: ended}, "records", bad, "fontis restore FILE --node "},
		"never held against the log":   {api.NodeState{Witnesses: 1}, "records", warn, "fontis doctor --all --node "},
		"a damaged log":                {api.NodeState{Witnesses: 1, Tally: found(ended, tally.Finding{Kind: tally.LogDamaged})}, "records", bad, "fontis check --log https://data.test/log"},
		"a record that was changed":    {api.NodeState{Witnesses: 1, Tally: found(ended, tally.Finding{Kind: tally.OutcomeChanged, Trace: "0197f3d2c0a000000000000000000001"})}, "records", bad, "fontis why 0197f3d2c0a000000000000000000001"},
		"a leaf that stands by itself": {api.NodeState{Witnesses: 1, Tally: found(ended, tally.Finding{Kind: tally.LeafAlone})}, "records", bad, "fontis restore FILE"},
	} {
		t.Run(name, func(t *testing.T) {
			p := sick(t)
			p.logState(c.is)
			p.tally(c.is)
			if f := p.said(t); f.Check != c.check || f.State != c.state || !strings.Contains(f.Fix, c.fix) {
				t.Errorf("%+v, want %s %s with %q", f, c.check, c.state, c.fix)
			}
		})
	}
}

func found(r tally.Report, f tally.Finding) tally.Report {
	r.Findings, r.Count = []tally.Finding{f}, 1
	return r
}

// Before anybody has a role, a hint says who it needs.
func TestDoctorsHintsNameAnOfficerOrTheRole(t *testing.T) {
	p := sick(t)
	p.whom("", "")
	p.logState(api.NodeState{Witnesses: 1, DeadLetters: 1})
	if f := p.said(t); !strings.Contains(f.Fix, "--as OFFICER (an officer with the role operator)") {
		t.Errorf("%+v", f)
	}
}

func TestAFolderInWhichNothingCanBeWrittenIsFoundOut(t *testing.T) {
	dir := t.TempDir()
	if err := writable(dir); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("it left %v, %v", left, err)
	}
	if writable(filepath.Join(dir, "gone")) == nil {
		t.Error("a folder that is not there was written in")
	}
}
