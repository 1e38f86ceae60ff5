package checker

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"fontis/internal/trust/ledger/proof"
)

// evidenceKind is the first member of every evidence file.
const evidenceKind = "fontis/evidence/v1"

// Exhibit is one thing that another can recompute.
type Exhibit struct {
	Word        Word        `json:"shows"`
	Text        string      `json:"text"`
	Statements  []Statement `json:"statements,omitempty"`  // signed notes, byte for byte
	Proof       []string    `json:"proof,omitempty"`       // RFC 6962 consistency proof as the published files give it
	ProofFrom   uint64      `json:"proof_from,omitempty"`  // older size
	ProofTo     uint64      `json:"proof_to,omitempty"`    // newer size
	Recomputed  string      `json:"recomputed,omitempty"`  // root that the published entries give at the older size
	File        string      `json:"file,omitempty"`        // what was served under which path
	FileSHA256  string      `json:"file_sha256,omitempty"` // of its content
	FileContent []byte      `json:"file_content,omitempty"`
}

// Statement is a signed note with where it came from.
type Statement struct {
	From string `json:"from"`
	Note string `json:"note"`
}

// evidenceJSON is the whole file.
type evidenceJSON struct {
	Kind     string            `json:"kind"`
	Verdict  Word              `json:"verdict"`
	Origin   string            `json:"origin"`
	Subject  string            `json:"subject"` // address or file that was checked
	Found    time.Time         `json:"found"`
	Policy   string            `json:"policy,omitempty"`
	Findings []Finding         `json:"findings"`
	Exhibits []json.RawMessage `json:"exhibits"`
	Recheck  []string          `json:"recheck"`
}

// recheck tells how to do without this program.
func recheck() []string {
	return []string{
		"Every note under statements is a C2SP signed note (c2sp.org/signed-note). Verify it with the keys under policy: Go's golang.org/x/mod/sumdb/note for a log's Ed25519 line, github.com/transparency-dev/formats/note for a witness's cosignature/v1 line, or by hand: the Ed25519 signature is over the text above the empty line.",
		"Two notes of one origin and one size with different third lines: the log signed two trees. Nothing more is needed.",
		"Two notes of different sizes: feed proof, proof_from, proof_to and both third lines to any RFC 6962 consistency check (github.com/transparency-dev/merkle/proof.VerifyConsistency, golang.org/x/mod/sumdb/tlog.CheckTree). It fails, and no other list of hashes can make it hold unless SHA-256 is broken.",
		"recomputed is the RFC 6962 root of the first proof_from entries as the log publishes them now under tile/entries/ (c2sp.org/tlog-tiles). It differs from the third line of the older note.",
		"A smaller size in a newer note than in an older one, both signed by the log: the log was rolled back or withholds entries.",
	}
}

// exhibit adds a thing to the evidence and the finding that it shows.
func (v *Verdict) exhibit(e Exhibit) {
	v.find(e.Word, "%s", e.Text)
	b, err := json.Marshal(e)
	if err != nil {
		v.note("an exhibit could not be written: %v", err)
		return
	}
	v.evidence = append(v.evidence, b)
}

// fileExhibit shows what was served under a path.
func fileExhibit(e Exhibit, path string, content []byte) Exhibit {
	sum := sha256.Sum256(content)
	e.File, e.FileSHA256 = path, hex.EncodeToString(sum[:])
	if len(content) <= 64<<10 {
		e.FileContent = content
	}
	return e
}

// keepEvidence writes the file of a bad verdict and names it in the verdict.
func (v *Verdict) keepEvidence(dir, subject string, policy *proof.Policy, now time.Time) error {
	if v.ExitCode != ExitBad {
		return nil
	}
	e := evidenceJSON{
		Kind: evidenceKind, Verdict: v.Word, Origin: v.Origin, Subject: subject, Found: now,
		Findings: v.Findings, Exhibits: v.evidence, Recheck: recheck(),
	}
	if policy != nil {
		e.Policy = policy.String()
	}
	b, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the evidence: %w", err)
	}
	sum := sha256.Sum256(b)
	name := fmt.Sprintf("evidence-%s-%s-%x.json", strings.ReplaceAll(string(v.Word), " ", "-"), now.UTC().Format("20060102T150405Z"), sum[:4])
	path := filepath.Join(dir, name)
	if err := writeSynced(path, append(b, '\n')); err != nil {
		return fmt.Errorf("writing the evidence: %w", err)
	}
	v.Evidence = path
	return nil
}

func writeSynced(path string, b []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

func b64(h proof.Hash) string { return base64.StdEncoding.EncodeToString(h[:]) }
