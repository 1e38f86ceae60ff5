package proof

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"fontis/internal/vocab"
)

// Policy says whose signatures make a checkpoint believable: C2SP tlog-policy.
//
//	log <vkey> [<url>]
//	witness <name> <vkey> [<url>]
//	group <name> all|any|<k> <name>...
//	quorum <name>|none
type Policy struct {
	Logs      []PolicyLog
	Witnesses []PolicyWitness
	groups    []policyGroup
	quorum    string
}

// PolicyLog is a log whose checkpoints count; its name is the origin.
type PolicyLog struct{ Origin, VKey, URL string }

// PolicyWitness is a witness; Name has a meaning inside the policy only.
type PolicyWitness struct{ Name, VKey, URL string }

type policyGroup struct {
	name    string
	need    int
	members []string
}

// maxPolicyLines and maxPolicyBytes keep a hostile policy small.
const (
	maxPolicyLines = 4096
	maxPolicyBytes = 1 << 20
)

// ParsePolicy reads a policy file.
func ParsePolicy(text []byte) (*Policy, error) {
	if len(text) > maxPolicyBytes {
		return nil, vocab.FileTooLarge.Because("the policy has %d bytes, at most %d are read", len(text), maxPolicyBytes)
	}
	for i, b := range text {
		if b < 0x20 && b != '\t' && b != '\n' || b == 0x7f {
			return nil, vocab.BadInput.Because("the policy holds the control byte 0x%02x at %d", b, i)
		}
	}
	lines := strings.Split(string(text), "\n")
	if len(lines) > maxPolicyLines {
		return nil, vocab.FileTooLarge.Because("the policy has %d lines, at most %d are read", len(lines), maxPolicyLines)
	}
	p := &policyReader{defined: map[string]bool{}, used: map[string]bool{}}
	for i, line := range lines {
		words := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' })
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if err := p.line(words); err != nil {
			return nil, fmt.Errorf("line %d of the policy: %w", i+1, err)
		}
	}
	if p.policy.quorum == "" {
		return nil, vocab.BadInput.Because("the policy has no quorum line")
	}
	return &p.policy, nil
}

type policyReader struct {
	policy        Policy
	defined, used map[string]bool
}

func (p *policyReader) line(words []string) error {
	switch words[0] {
	case "log":
		return p.log(words[1:])
	case "witness":
		return p.witness(words[1:])
	case "group":
		return p.group(words[1:])
	case "quorum":
		return p.setQuorum(words[1:])
	}
	return vocab.BadInput.Because("%.40q is none of log, witness, group, quorum", words[0])
}

func (p *policyReader) log(words []string) error {
	if len(words) < 1 || len(words) > 2 {
		return vocab.BadInput.Because("a log line is: log VKEY [URL]")
	}
	k, err := parseVKey(words[0])
	if err != nil {
		return err
	}
	if k.alg != algEd25519 {
		return vocab.BadInput.Because("the key of log %s has type %d, a log's is 1", k.name, k.alg)
	}
	for _, l := range p.policy.Logs {
		if SameKey(l.VKey, words[0]) || l.Origin == k.name {
			return vocab.BadInput.Because("the log %s stands there twice", k.name)
		}
	}
	p.policy.Logs = append(p.policy.Logs, PolicyLog{k.name, words[0], strings.Join(words[1:], "")})
	return nil
}

func (p *policyReader) witness(words []string) error {
	if len(words) < 2 || len(words) > 3 {
		return vocab.BadInput.Because("a witness line is: witness NAME VKEY [URL]")
	}
	if err := p.define(words[0]); err != nil {
		return err
	}
	k, err := parseVKey(words[1])
	if err != nil {
		return err
	}
	if k.alg != algCosignature {
		return vocab.BadInput.Because("the key of witness %s has type %d, a witness's is 4", words[0], k.alg)
	}
	for _, w := range p.policy.Witnesses {
		if SameKey(w.VKey, words[1]) {
			return vocab.BadInput.Because("the witnesses %s and %s have one key and would count twice", w.Name, words[0])
		}
	}
	p.policy.Witnesses = append(p.policy.Witnesses, PolicyWitness{words[0], words[1], strings.Join(words[2:], "")})
	return nil
}

func (p *policyReader) define(name string) error {
	if name == "none" || p.defined[name] {
		return vocab.BadInput.Because("the name %.60q is taken", name)
	}
	p.defined[name] = true
	return nil
}

func (p *policyReader) group(words []string) error {
	if len(words) < 3 {
		return vocab.BadInput.Because("a group line is: group NAME all|any|K MEMBER...")
	}
	g := policyGroup{name: words[0], members: words[2:]}
	for _, m := range g.members {
		if !p.defined[m] {
			return vocab.BadInput.Because("the group %s names %.60q, which no line above defines", g.name, m)
		}
		if p.used[m] {
			return vocab.BadInput.Because("%s is a member twice and would count twice", m)
		}
		p.used[m] = true
	}
	switch words[1] {
	case "all":
		g.need = len(g.members)
	case "any":
		g.need = 1
	default:
		k, err := strconv.Atoi(words[1])
		if err != nil || k < 1 || k > len(g.members) || strconv.Itoa(k) != words[1] {
			return vocab.BadInput.Because("the group %s has %d members and cannot need %.20q of them", g.name, len(g.members), words[1])
		}
		g.need = k
	}
	if err := p.define(g.name); err != nil {
		return err
	}
	p.policy.groups = append(p.policy.groups, g)
	return nil
}

func (p *policyReader) setQuorum(words []string) error {
	if len(words) != 1 {
		return vocab.BadInput.Because("a quorum line is: quorum NAME")
	}
	if p.policy.quorum != "" {
		return vocab.BadInput.Because("the policy has two quorum lines")
	}
	if words[0] != "none" && !p.defined[words[0]] {
		return vocab.BadInput.Because("the quorum names %.60q, which no line above defines", words[0])
	}
	p.policy.quorum = words[0]
	return nil
}

// String writes the policy as a file again.
func (p *Policy) String() string {
	var b strings.Builder
	for _, l := range p.Logs {
		fmt.Fprintln(&b, strings.TrimSpace("log "+l.VKey+" "+l.URL))
	}
	for _, w := range p.Witnesses {
		fmt.Fprintln(&b, strings.TrimSpace("witness "+w.Name+" "+w.VKey+" "+w.URL))
	}
	for _, g := range p.groups {
		fmt.Fprintln(&b, "group", g.name, g.need, strings.Join(g.members, " "))
	}
	fmt.Fprintln(&b, "quorum", p.quorum)
	return b.String()
}

// NeedsWitness reports whether the policy asks for any cosignature at all.
func (p *Policy) NeedsWitness() bool { return p.quorum != "none" }

// LogVKey is the key that the policy gives to an origin, or to the origin that
// it follows.
func (p *Policy) LogVKey(origin string) (vkey string, successor bool, err error) {
	for _, l := range p.Logs {
		if l.Origin == origin {
			return l.VKey, false, nil
		}
	}
	for _, l := range p.Logs {
		if IsSuccessor(l.Origin, origin) {
			vkey, err = SuccessorVKey(l.VKey, origin)
			return vkey, true, err
		}
	}
	return "", false, vocab.LogUnknown.Because("the policy names %d logs, none of them %.200s", len(p.Logs), origin)
}

// LogVerifier checks the signatures of the log of that origin.
func (p *Policy) LogVerifier(origin string) (note.Verifier, error) {
	vkey, _, err := p.LogVKey(origin)
	if err != nil {
		return nil, err
	}
	return NewVerifier(vkey)
}

// Seen is a checkpoint whose log signature holds, with those who cosigned it.
type Seen struct {
	Checkpoint
	Successor bool // the policy names an earlier origin of the same log and key
	Cosigners []Cosigner
	Enough    bool // the quorum of the policy is met
}

// Cosigner is a witness of the policy whose cosignature holds.
type Cosigner struct {
	Name string
	At   time.Time
}

// OpenCheckpoint checks the log's signature and counts the cosignatures that
// hold. That they are too few is an error only of RequireQuorum, because a
// checkpoint may be worth comparing all the same.
func (p *Policy) OpenCheckpoint(signed []byte) (Seen, error) {
	c, err := ParseCheckpoint(signed)
	if err != nil {
		return Seen{}, err
	}
	vkey, successor, err := p.LogVKey(c.Origin)
	if err != nil {
		return Seen{}, err
	}
	v, err := NewVerifier(vkey)
	if err != nil {
		return Seen{}, err
	}
	n, err := openNote(signed, v)
	if err != nil {
		return Seen{}, err
	}
	if c, err = parseTreeHead(n.Text); err != nil {
		return Seen{}, err
	}
	s := Seen{Checkpoint: c, Successor: successor}
	signedBy := map[string]bool{}
	for _, w := range p.Witnesses {
		at, ok := cosignature(signed, w.VKey)
		if ok {
			signedBy[w.Name] = true
			s.Cosigners = append(s.Cosigners, Cosigner{w.Name, at})
		}
	}
	s.Enough = p.satisfied(signedBy)
	return s, nil
}

func cosignature(signed []byte, vkey string) (time.Time, bool) {
	v, err := NewVerifier(vkey)
	if err != nil {
		return time.Time{}, false
	}
	n, err := note.Open(signed, note.VerifierList(v))
	if err != nil || len(n.Sigs) == 0 {
		return time.Time{}, false
	}
	at, err := CosignedAt(n.Sigs[0])
	return at, err == nil
}

// satisfied walks the groups in the order of the file: a group's members all
// stand above it.
func (p *Policy) satisfied(have map[string]bool) bool {
	if p.quorum == "none" {
		return true
	}
	for _, g := range p.groups {
		n := 0
		for _, m := range g.members {
			if have[m] {
				n++
			}
		}
		have[g.name] = n >= g.need
	}
	return have[p.quorum]
}

// RequireQuorum is nil when enough witnesses of the policy have cosigned.
func (p *Policy) RequireQuorum(s Seen) error {
	if s.Enough {
		return nil
	}
	names := make([]string, len(s.Cosigners))
	for i, c := range s.Cosigners {
		names[i] = c.Name
	}
	slices.Sort(names)
	return vocab.QuorumShort.Because("the policy asks for %s, the checkpoint of size %d is cosigned by [%s]", p.quorum, s.Size, strings.Join(names, " "))
}

// PolicyFor makes a policy by hand: one log, and all of the given witnesses, at
// least need of them.
func PolicyFor(logVKey string, need int, witnesses ...PolicyWitness) (*Policy, error) {
	var b strings.Builder
	fmt.Fprintln(&b, "log", logVKey)
	if len(witnesses) == 0 && need == 0 {
		fmt.Fprintln(&b, "quorum none")
		return ParsePolicy([]byte(b.String()))
	}
	names := make([]string, len(witnesses))
	for i, w := range witnesses {
		fmt.Fprintln(&b, "witness", w.Name, w.VKey, w.URL)
		names[i] = w.Name
	}
	fmt.Fprintln(&b, "group witnesses", need, strings.Join(names, " "))
	fmt.Fprintln(&b, "quorum witnesses")
	return ParsePolicy([]byte(b.String()))
}
