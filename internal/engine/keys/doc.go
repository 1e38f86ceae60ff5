// Package keys keeps the node's secrets, apart from its data.
//
// There is one key per use, each random and independent of every other, so that
// one that leaks opens nothing else. They lie in a directory of mode 0700
// outside the data folder, one file of mode 0600 a version, in clear or sealed
// by a passphrase (argon2id, XChaCha20-Poly1305). A key is written and synced
// before its first use. Rotate adds a version; old versions stay, for reading.
//
// The flow: Open reads every key into memory; MAC, Seal, Unseal and Signer work
// from memory without a lock and name the key they used. A missing key is made
// at its first use only on a new node, or when the data folder's own list of
// keys (Options.Known) shows that it never existed; otherwise the answer is
// vocab.KeyMissing, because a fresh key in place of a lost one would silently
// make strangers of all persons on record.
//
// The promise: key material is never printed, whatever the verb; a directory or
// file that others may read or own is refused with vocab.KeyUnsafe and the
// command that mends it; a sealed store without its passphrase is
// vocab.KeyLocked.
package keys
