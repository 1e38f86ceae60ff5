package keyed

import (
	"encoding/binary"
	"iter"

	"fontis/internal/vocab"
)

// A packed entry begins with the number of rows of its key. With one row the
// value follows to the end; with more, each kept value follows its length.

// grouped joins neighbours of one key into one packed entry and counts into info.
func grouped(rows iter.Seq2[record, error], info *Info) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		var g group
		for r, err := range rows {
			if err != nil {
				yield(Entry{}, err)
				return
			}
			if g.count > 0 && g.key != r.key && !g.emit(info, yield) {
				return
			}
			g.take(r)
		}
		if g.count > 0 {
			g.emit(info, yield)
		}
	}
}

// group is the rows of one key, in buffers that serve every group in turn.
type group struct {
	key   Key
	count int
	ends  []int  // where each kept value ends in buf
	buf   []byte // the kept values, one behind the other
	out   []byte
}

func (g *group) take(r record) {
	if g.count == 0 {
		g.key, g.ends, g.buf = r.key, g.ends[:0], g.buf[:0]
	}
	g.count++
	if g.count <= KeptValues {
		g.buf = append(g.buf, r.value...)
		g.ends = append(g.ends, len(g.buf))
	}
}

func (g *group) emit(info *Info, yield func(Entry, error) bool) bool {
	info.Keys++
	info.Rows += int64(g.count)
	g.out = binary.AppendUvarint(g.out[:0], uint64(g.count))
	if g.count == 1 {
		g.out = append(g.out, g.buf...)
	} else {
		info.Several++
		begin := 0
		for _, end := range g.ends {
			g.out = binary.AppendUvarint(g.out, uint64(end-begin))
			g.out = append(g.out, g.buf[begin:end]...)
			begin = end
		}
	}
	g.count = 0
	return yield(Entry{Key: g.key, Packed: g.out}, nil)
}

// unpack fills the row. It keeps parts of packed.
func (r *Row) unpack(packed []byte) error {
	count, n := binary.Uvarint(packed)
	if n <= 0 || count == 0 || count > 1<<40 {
		return damaged(len(packed))
	}
	rest := packed[n:]
	row := Row{Key: r.Key, Found: true, Several: count > 1, Count: int(count)}
	if count == 1 {
		row.Values = [][]byte{rest}
		*r = row
		return nil
	}
	for range min(count, KeptValues) {
		size, n := binary.Uvarint(rest)
		if n <= 0 || size > uint64(len(rest)-n) {
			return damaged(len(packed))
		}
		end := n + int(size)
		row.Values = append(row.Values, rest[n:end:end])
		rest = rest[end:]
	}
	if len(rest) > 0 {
		return damaged(len(packed))
	}
	*r = row
	return nil
}

func damaged(n int) error {
	return vocab.SourceAway.Because("the register is damaged: an entry of %d bytes cannot be read", n)
}
