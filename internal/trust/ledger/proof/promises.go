package proof

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"fontis/internal/vocab"
)

// Promises are those of entries that went into the log together: one signature
// over the root of a tree whose leaves they are. It costs a processor as much as
// two hundred hashes, and each caller would wait for one of their own.
type Promises struct {
	texts  [][]byte
	tree   *RowsTree
	signed []byte
}

// PromiseAll signs with the log's own key, whose name is the origin.
func PromiseAll(all []Promise, signer note.Signer) (*Promises, error) {
	texts, nodes := make([][]byte, len(all)), make([]Hash, len(all))
	for i := range all {
		if all[i].Origin != signer.Name() {
			return nil, vocab.BadInput.Because("the key of %s cannot promise for the log %s", signer.Name(), all[i].Origin)
		}
		texts[i] = all[i].text(promiseV2)
		nodes[i] = LeafHash(texts[i])
	}
	tree := treeOfNodes(nodes)
	root := tree.Root()
	text := fmt.Sprintf("%s\n%s\n%d\n%s\n", promisesV2, signer.Name(), len(all), base64.StdEncoding.EncodeToString(root[:]))
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	if err != nil {
		return nil, fmt.Errorf("signing %d promises: %w", len(all), err)
	}
	return &Promises{texts, tree, signed}, nil
}

// Of is promise number i as its holder keeps it: what is promised, its number
// among those of the note, the way to the root, an empty line, the note.
func (p *Promises) Of(i int) []byte {
	path := p.tree.Path(uint64(i))
	b := make([]byte, 0, len(p.texts[i])+len(p.signed)+48*(len(path)+1))
	b = append(b, p.texts[i]...)
	b = append(strconv.AppendInt(b, int64(i), 10), '\n')
	for _, h := range path {
		b = append(base64.StdEncoding.AppendEncode(b, h[:]), '\n')
	}
	return append(append(b, '\n'), p.signed...)
}

// among is the way from a promise to the root that was signed over all of a group.
type among struct {
	place, count uint64
	path         []Hash
	root         Hash
}

func (a *among) holds(p *Promise) bool {
	return VerifyInclusion(a.root, LeafHash(p.text(promiseV2)), a.place, a.count, a.path)
}

// parseAmong reads the lines after the promise and the text of the note, which
// must be of the same log.
func parseAmong(lines []string, origin, text string) (*among, error) {
	note := strings.Split(text, "\n")
	if len(note) != 5 || note[0] != promisesV2 || note[1] != origin || note[4] != "" {
		return nil, vocab.BadInput.Because("under the promise stands no note of four lines that begin with %s and the promise's origin", promisesV2)
	}
	if len(lines)-1 > maxPath {
		return nil, vocab.BadInput.Because("the path has %d hashes, at most %d can be", len(lines)-1, maxPath)
	}
	a := &among{path: make([]Hash, len(lines)-1)}
	var err error
	if a.place, err = parseDecimal(lines[0]); err != nil {
		return nil, err
	}
	for i, line := range lines[1:] {
		if a.path[i], err = parseHash(line); err != nil {
			return nil, err
		}
	}
	if a.count, err = parseDecimal(note[2]); err != nil {
		return nil, err
	}
	a.root, err = parseHash(note[3])
	return a, err
}
