package proof

import (
	"bufio"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"io"
)

// HashSize is the length of a SHA-256 hash.
const HashSize = sha256.Size

// KeySize is the length of a field's key; a guess costs 2^256 tries.
const KeySize = 32

// MaxName bounds a field's name. A longer one commits to something that no one
// can open, because every reader here refuses it.
const MaxName = 255

// MaxFields bounds the fields of one record or one row.
const MaxFields = 1024

// Hash is a SHA-256 hash.
type Hash = [HashSize]byte

// Field is one named value with the key that hides it in the log.
type Field struct {
	Name  string
	Value []byte
	Key   [KeySize]byte
}

// NewField makes a field with a fresh random key.
func NewField(name string, value []byte) Field {
	f := Field{Name: name, Value: value}
	rand.Read(f.Key[:])
	return f
}

// Digest is what the leaf commits to: HMAC-SHA-256 under the field's key.
func (f *Field) Digest() Hash {
	return digest(&f.Key, f.Name, f.Value)
}

// inlineMessage is the longest name and value that are hashed on the stack.
const inlineMessage = 192

// digest is HMAC (RFC 2104) written out, because a batch computes millions of
// them and crypto/hmac allocates three objects each.
func digest(key *[KeySize]byte, name string, value []byte) Hash {
	const block = sha256.BlockSize
	var outer [block + HashSize]byte
	n := 2 + len(name) + len(value)
	var inner Hash
	if n <= inlineMessage {
		var buf [block + inlineMessage]byte
		inner = sha256.Sum256(message(buf[:0], key, name, value))
	} else {
		inner = sha256.Sum256(message(make([]byte, 0, block+n), key, name, value))
	}
	pad(outer[:block], key, 0x5c)
	copy(outer[block:], inner[:])
	return sha256.Sum256(outer[:])
}

func message(dst []byte, key *[KeySize]byte, name string, value []byte) []byte {
	dst = dst[:sha256.BlockSize]
	pad(dst, key, 0x36)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(name)))
	dst = append(dst, name...)
	return append(dst, value...)
}

func pad(dst []byte, key *[KeySize]byte, mask byte) {
	for i := range key {
		dst[i] = key[i] ^ mask
	}
	for i := KeySize; i < sha256.BlockSize; i++ {
		dst[i] = mask
	}
}

// drawBlock is how much randomness a Drawer takes at once: about 250 rows of
// eight fields, so that the cost of asking the kernel vanishes.
const drawBlock = 64 << 10

// Drawer gives keys to many fields. It is not for use by several goroutines.
type Drawer struct{ from *bufio.Reader }

// NewDrawer draws from the system's randomness, or from the given reader.
func NewDrawer(from io.Reader) *Drawer {
	if from == nil {
		from = rand.Reader
	}
	return &Drawer{from: bufio.NewReaderSize(from, drawBlock)}
}

// Fill gives every field a fresh key. On an error no field may be used.
func (d *Drawer) Fill(fields []Field) error {
	for i := range fields {
		if _, err := io.ReadFull(d.from, fields[i].Key[:]); err != nil {
			return err
		}
	}
	return nil
}
