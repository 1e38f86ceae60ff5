package app

import (
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"

	"fontis/internal/engine/source"
	"fontis/internal/vocab"
)

// anyMember stands in source_folders for every member.
const anyMember = "*"

// mayConnect holds the operator's rules for sources. A SQLite file must lie in a
// folder that is open to its member: sources/MEMBER in the node's folder, or one
// of source_folders; never in the node's own. A PostgreSQL server is one of
// source_hosts, or any when none is named; never a socket, a link-local address
// or the node's own database.
func (a *App) mayConnect(owner vocab.MemberID, addr source.Address) error {
	if addr.Kind == source.SQLite {
		return a.mayOpen(owner, addr.Path)
	}
	if strings.HasPrefix(addr.Host, "/") || addr.Host == "" {
		return vocab.SourceForbidden.Because("a database is connected over the network, not through a socket of this machine")
	}
	if ip, err := netip.ParseAddr(addr.Host); err == nil && (ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified()) {
		return vocab.SourceForbidden.Because("no source lies at a link-local address")
	}
	if len(a.Config.SourceHosts) > 0 && !slices.Contains(a.Config.SourceHosts, addr.Host) {
		return vocab.SourceForbidden.Because("the host is not among source_hosts")
	}
	return a.notOwn(addr)
}

// notOwn refuses the database that keeps this node's own records.
func (a *App) notOwn(addr source.Address) error {
	own, err := a.Config.databaseAddress()
	if err != nil || own == "" {
		return err
	}
	if i := strings.LastIndex(own, "@"); i >= 0 { // without user and password
		own = "postgres://" + own[i+1:]
	}
	mine, err := source.ParseAddress(own)
	if err != nil {
		return nil // another form than a source's own cannot be compared; the account still cannot write
	}
	if mine.Port == addr.Port && mine.Database == addr.Database && sameHost(mine.Host, addr.Host) {
		return vocab.SourceForbidden.Because("the node's own database is no source")
	}
	return nil
}

func sameHost(a, b string) bool {
	return strings.EqualFold(a, b) || isLoopback(a) && isLoopback(b)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// mayOpen decides on the real path, so that no link leads out of a folder.
func (a *App) mayOpen(owner vocab.MemberID, path string) error {
	refused := vocab.SourceForbidden.Because("the file is not there, or does not lie in a folder that is open to %s", owner).
		WithFix("The operator puts it into the folder sources/%s inside the node's folder, or opens the folder where it lies in node.toml, under [source_folders]: %s = [\"/FOLDER\"]; then give its whole path: sqlite:///FOLDER/FILE.db", owner, owner)
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return refused // whether it is there is not the caller's to learn
	}
	if real, err = filepath.Abs(real); err != nil {
		return err
	}
	for _, own := range []string{a.Config.data(), a.Config.keys()} {
		if within(real, own) {
			return refused
		}
	}
	if a.Config.Demo && real == fileIn(filepath.Join(a.Config.Dir, "demo-sources"), string(owner)+".db") {
		return nil
	}
	folders := slices.Concat(a.Config.SourceFolders[string(owner)], a.Config.SourceFolders[anyMember], []string{filepath.Join(a.Config.Dir, "sources", string(owner))})
	for _, f := range folders {
		if within(real, f) {
			return nil
		}
	}
	return refused
}

// fileIn is the real path of a file in a folder.
func fileIn(folder, name string) string {
	real, err := filepath.EvalSymlinks(folder)
	if err != nil {
		return ""
	}
	return filepath.Join(real, name)
}

func within(path, folder string) bool {
	real, err := filepath.EvalSymlinks(folder)
	if err != nil {
		return false
	}
	rel, err := filepath.Rel(real, path)
	return err == nil && filepath.IsLocal(rel)
}
