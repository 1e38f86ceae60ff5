// Package level finds who stands above whom in the tree of divisions: which data
// authority is in charge of a region, and which one two sides have in common.
//
// The promise: nobody is found who is one of the sides, and nobody beside the tree.
package level

import (
	"slices"

	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Body is a data authority that takes part, with the code of its division.
type Body struct {
	Member vocab.MemberID
	Region string
}

// holds reports whether the body's division is the one of all regions, or above it.
func (b Body) holds(regions ...string) bool {
	as := identity.Actor{Roles: []vocab.Role{vocab.Authority}, Region: b.Region}
	return !slices.ContainsFunc(regions, func(r string) bool { return !as.Governs(r) })
}

// above reports whether the body's division holds the other's and is not it.
func (b Body) above(other Body) bool { return b.Region != other.Region && b.holds(other.Region) }

// Nearest is the lowest of the authorities in the tree of divisions that holds all
// the regions, stands above one of them where that is given, and is none of those
// concerned.
func Nearest(all []Body, regions []string, over *Body, not ...vocab.MemberID) (Body, bool) {
	var best Body
	found := false
	for _, b := range all {
		switch {
		case slices.Contains(not, b.Member) || !b.holds(regions...) || over != nil && !b.above(*over):
		case !found || best.above(b) || !b.above(best) && b.Member < best.Member:
			best, found = b, true
		}
	}
	return best, found
}

// InCharge is the data authority over a region that is none of those concerned: the
// nearest in the tree of divisions, else who keeps the node; empty where neither is.
func InCharge(all []Body, keeper vocab.MemberID, region string, not ...vocab.MemberID) vocab.MemberID {
	if b, ok := Nearest(all, []string{region}, nil, not...); ok {
		return b.Member
	}
	if slices.Contains(not, keeper) {
		return ""
	}
	return keeper
}
