// Package proof holds what anyone needs to check an entry of the ledger, and
// nothing else: it opens no file, no socket and no key.
//
// A record is a set of fields. Each field f has its own random 32-byte key k,
// and its digest is HMAC-SHA-256(k, uint16 len(name) || name || value). What
// stands in the log is the leaf of 34 bytes:
//
//	0x01 || kind || RFC 6962 Merkle root over the digests in ascending order
//
// So the log reveals a version and a coarse kind, and no guess at a value can be
// tried against it without the key of that very field. Keys and values live in
// the erasable store (EncodeSecret); once they are gone, the leaf means nothing
// and the log still verifies.
//
// A leaf about many rows carries the field "rows": the Merkle root over the row
// roots, and their number. Each row has fields and keys of its own, so whoever
// holds one row's receipt learns nothing of another row.
//
// The flow: Commit gives the leaf, the log gives an index, PromiseAll tells the
// callers of a group at once; when witnesses have cosigned a checkpoint over the index, a
// Receipt (C2SP tlog-proof text) carries the inclusion path and the Opening of
// those fields that its holder may see. Receipt.Verify and VerifyPromise need a
// Policy (C2SP tlog-policy text) and no one's help.
//
// What is promised: a verified receipt means that the shown names and values
// were committed to in that entry of that log, and that the policy's quorum of
// witnesses saw the log grow consistently up to it. What is not: that the values
// are true, that a hidden field does not repeat a shown field's name (an auditor
// who opens the whole record sees that), or that the holder was shown all that
// concerns them.
package proof
