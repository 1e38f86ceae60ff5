package tlog

import (
	"strings"

	"github.com/transparency-dev/tessera"

	"fontis/internal/vocab"
)

// policy says which witnesses are asked and how many must have answered before a
// checkpoint is published.
type policy struct {
	group     tessera.WitnessGroup
	witnesses []tessera.Witness
}

// satisfied reports whether the checkpoint carries the cosignatures asked for.
func (p policy) satisfied(checkpoint []byte) bool { return p.group.Satisfied(checkpoint) }

// parsePolicy reads a C2SP tlog-policy text the way Tessera does, and then
// refuses three ways in which it would promise more than it keeps: a group that
// asks for nobody, one key under two names, and one address for two keys.
func parsePolicy(text string) (policy, error) {
	if strings.TrimSpace(text) == "" {
		return policy{group: tessera.NewWitnessGroup(0)}, nil
	}
	group, err := tessera.NewWitnessGroupFromPolicy([]byte(text))
	if err != nil {
		return policy{}, vocab.BadInput.Wrap(err, "the witness policy")
	}
	p := policy{group: group}
	if err := p.collect(group); err != nil {
		return policy{}, err
	}
	return p, nil
}

func (p *policy) collect(g tessera.WitnessGroup) error {
	if g.N == 0 && len(g.Components) > 0 {
		return vocab.BadInput.Because("the witness policy has a group that asks for none of its %d members", len(g.Components))
	}
	for _, c := range g.Components {
		var err error
		switch c := c.(type) {
		case tessera.WitnessGroup:
			err = p.collect(c)
		case tessera.Witness:
			err = p.add(c)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *policy) add(w tessera.Witness) error {
	for _, other := range p.witnesses {
		if other.Key.Name() == w.Key.Name() && other.Key.KeyHash() == w.Key.KeyHash() {
			return vocab.BadInput.Because("the witness policy counts the key %s+%08x twice", w.Key.Name(), w.Key.KeyHash())
		}
		if other.URL == w.URL {
			return vocab.BadInput.Because("the witness policy has two keys at %s", w.URL)
		}
	}
	p.witnesses = append(p.witnesses, w)
	return nil
}
