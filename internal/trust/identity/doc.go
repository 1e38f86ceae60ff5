// Package identity knows who acts: members, their officers and machines, and the
// person who asks about themselves.
//
// The flow: `fontis init` makes the node, the data authority as its first member
// and an invitation for its first officer. An invitation sets a password once;
// a password or an OIDC issuer opens a session; a session, a machine's token or
// a person's self permit becomes an Actor, and every verb of every duty takes
// that Actor. A role is held in a member; the authority's reaches the members of
// its region, and nobody else's reaches beyond their own member.
//
// The promises:
//   - What is not yours answers exactly as what does not exist.
//   - No secret is stored: passwords as argon2id over a peppered hash, tokens as
//     a keyed hash, invitations as a hash of 100 random bits.
//   - What is revoked is dead when the revoking verb returns.
//   - A try is charged before it is judged, so that many at once buy nothing.
//   - Each administrative change is an act in the ledger, in the transaction that
//     makes the change.
//   - A person is a keyed pseudonym everywhere; only the identity root holds a
//     number, sealed, and only for persons whom a source registered (person.go).
package identity
