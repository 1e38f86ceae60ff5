package web

import (
	"context"
	"log/slog"

	"fontis/internal/duty/calendar"
	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/demand"
	"fontis/internal/duty/catalog/finding"
	"fontis/internal/duty/catalog/harvest"
	"fontis/internal/duty/catalog/lists"
	"fontis/internal/duty/catalog/review"
	"fontis/internal/duty/catalog/standard"
	"fontis/internal/duty/catalog/succession"
	"fontis/internal/duty/quality"
	"fontis/internal/duty/share"
	"fontis/internal/duty/share/authorisation"
	"fontis/internal/duty/share/coverage"
	"fontis/internal/duty/share/emergency"
	"fontis/internal/duty/share/freshness"
	"fontis/internal/edge/jobs/channel"
	"fontis/internal/edge/taking"
	running "fontis/internal/edge/taking/harvest"
	"fontis/internal/edge/text"
	"fontis/internal/edge/web/asking"
	"fontis/internal/edge/web/care"
	"fontis/internal/edge/web/check"
	"fontis/internal/edge/web/consent"
	"fontis/internal/edge/web/contests"
	"fontis/internal/edge/web/desk"
	"fontis/internal/edge/web/duties"
	"fontis/internal/edge/web/emergencies"
	"fontis/internal/edge/web/entrance"
	"fontis/internal/edge/web/entries"
	findpages "fontis/internal/edge/web/finding"
	"fontis/internal/edge/web/guide"
	"fontis/internal/edge/web/importing"
	"fontis/internal/edge/web/live"
	"fontis/internal/edge/web/mailing"
	"fontis/internal/edge/web/oversight"
	"fontis/internal/edge/web/own"
	"fontis/internal/edge/web/page"
	"fontis/internal/edge/web/paper"
	"fontis/internal/edge/web/people"
	"fontis/internal/edge/web/record"
	"fontis/internal/edge/web/sharing"
	"fontis/internal/edge/web/sources"
	standpages "fontis/internal/edge/web/standard"
	"fontis/internal/edge/web/supervision"
	"fontis/internal/engine/blob"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/tlog"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/idempotency"
	"fontis/internal/trust/identity/limit"
	"fontis/internal/trust/identity/mandate"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/audit"
	"fontis/internal/trust/ledger/deferral"
	"fontis/internal/trust/ledger/retention"
	"fontis/internal/trust/ledger/tally"
	"fontis/internal/trust/ledger/totals"
	"fontis/internal/trust/ledger/view"
	"fontis/internal/vocab"
)

// Parts are the services whose verbs have this face.
type Parts struct {
	Identity *identity.Service
	Catalog  *catalog.Service
	Share    *share.Service
	Quality  *quality.Service

	View      *view.Service
	Mandates  *mandate.Service
	Deferrals *deferral.Service
	Audit     *audit.Service
	Retention *retention.Service
	Calendar  *calendar.Service

	Authorisation *authorisation.Service
	Emergency     *emergency.Service
	Freshness     *freshness.Service
	Coverage      *coverage.Service
	Demand        *demand.Service
	Finding       *finding.Service
	Lists         *lists.Service
	Standard      *standard.Service
	Succession    *succession.Service
	Harvest       *harvest.Service
	Runner        *running.Runner // of harvests
	Review        *review.Service

	Channels *channel.Service

	Door   *access.Door
	Ledger *ledger.Ledger
	Totals *totals.Totals
	Kept   *idempotency.Store
	Blobs  *blob.Store // of uploads, between the file and its mapping
	// Imports takes lists in beside the calls that order them; who opens it closes it.
	Imports *taking.Runs

	Log    *tlog.Log
	Tally  *tally.Tally
	Limits *limit.Limiter
	Text   *text.Catalog
	Clock  clock.Clock
	Diary  *slog.Logger

	Contact Contact // whom a resident talks to
	// Condition is what the machine tells of the node, for its operator.
	Condition func(context.Context) (Condition, error)
	Facts     live.Facts // of the outbox, for pages that are read while they change

	Issuers []Issuer    // through which officers may sign in
	Demo    func() Demo // nil on a node with real people
	URL     string      // how others reach the node
	Secure  bool        // reached over TLS: cookies travel there only
}

// The words of the core and of the entrance that those who open a site use.
type (
	Site    = page.Site
	Contact = page.Contact
	Demo    = page.Demo
	Account = page.Account
	Issuer  = entrance.Issuer

	Condition = desk.Condition
	Store     = desk.Store
	Key       = desk.Key
	Backup    = desk.Backup
	Finding   = desk.Finding
)

// IssuerPath is where issuer number n sends the browser back to.
func IssuerPath(n int) string { return entrance.IssuerPath(n) }

// New makes the face: the core with every section of the portal.
func New(p Parts) (*Site, error) {
	s, err := page.New(page.Parts{
		Identity: p.Identity, Catalog: p.Catalog, Totals: p.Totals, Kept: p.Kept, Limits: p.Limits, Text: p.Text,
		Clock: p.Clock, Diary: p.Diary, Contact: p.Contact, Demo: p.Demo, URL: p.URL, Secure: p.Secure,
		Divisions: divisions(p.Standard),
	}, menu())
	if err != nil {
		return nil, err
	}
	hub, lists := live.NewHub(p.Facts, p.Diary), &importing.Section{Blobs: p.Blobs, Runs: p.Imports}
	s.Mount(
		&live.Section{Hub: hub},
		&entrance.Section{Issuers: p.Issuers, Left: hub.End},
		&entries.Section{Share: p.Share, Door: p.Door, Succession: p.Succession},
		&standpages.Section{Standard: p.Standard},
		&findpages.Section{Finding: p.Finding, Lists: p.Lists, Harvest: p.Harvest, Runner: p.Runner},
		lists,
		&desk.Section{Share: p.Share, Freshness: p.Freshness, Quality: p.Quality, Authorisation: p.Authorisation, Door: p.Door, Imports: lists, Ledger: p.Ledger, Log: p.Log, Tally: p.Tally, Look: p.Condition},
		&sources.Section{Door: p.Door},
		&sharing.Section{Share: p.Share, Door: p.Door},
		&asking.Section{Door: p.Door},
		&contests.Section{Quality: p.Quality},
		&consent.Section{Authorisation: p.Authorisation},
		&emergencies.Section{Emergency: p.Emergency},
		&duties.Section{Demand: p.Demand, Review: p.Review, Share: p.Share},
		&care.Section{View: p.View, Quality: p.Quality, Mandates: p.Mandates, Authorisation: p.Authorisation, Issuers: p.Issuers},
		&oversight.Section{Share: p.Share, Quality: p.Quality, Review: p.Review, Authorisation: p.Authorisation, Coverage: p.Coverage, Freshness: p.Freshness},
		&own.Section{View: p.View, Mandates: p.Mandates, Deferrals: p.Deferrals},
		&supervision.Section{Audit: p.Audit, Deferrals: p.Deferrals, Retention: p.Retention, Calendar: p.Calendar, Log: p.Log},
		&record.Section{Door: p.Door, Log: p.Log},
		&people.Section{},
		&mailing.Section{Channels: p.Channels},
		&guide.Section{},
		&check.Section{},
		&paper.Section{},
	)
	return s, nil
}

// divisions are the names of areas that a node with standards has.
func divisions(s *standard.Service) page.Divisions {
	if s == nil {
		return nil
	}
	return s.Divisions()
}

// menu is every place of the menu, in its order, with the roles that find it
// there. The text of a line is page.menu and its path.
func menu() []page.MenuLine {
	return []page.MenuLine{
		{Path: "/mine", Key: "y", Person: true, Under: []string{mandate.View}},
		{Path: "/search", Key: "s", Person: true, Under: mandate.Acts(), Roles: vocab.Roles()},
		{Path: "/desk", Key: "d", Roles: []vocab.Role{vocab.Steward, vocab.DataUser}},
		{Path: "/fields", Key: "f", Person: true, Under: mandate.Acts(), Roles: vocab.Roles()},
		{Path: "/import", Key: "i", Roles: []vocab.Role{vocab.Steward}},
		{Path: "/todo", Key: "t", Roles: []vocab.Role{vocab.Steward}},
		{Path: "/sources", Key: "b", Roles: []vocab.Role{vocab.Steward}},
		{Path: "/requests", Key: "r", Roles: []vocab.Role{vocab.Steward, vocab.DataUser, vocab.Authority}},
		{Path: "/demands", Key: "w", Roles: []vocab.Role{vocab.Steward, vocab.DataUser, vocab.Authority}},
		{Path: "/changes", Key: "v", Roles: []vocab.Role{vocab.Steward, vocab.Authority}},
		{Path: "/grants", Key: "g", Roles: []vocab.Role{vocab.Steward, vocab.DataUser}},
		{Path: "/compare", Key: "c", Roles: []vocab.Role{vocab.DataUser}},
		{Path: "/batches", Key: "l", Roles: []vocab.Role{vocab.DataUser}},
		{Path: "/accesses", Key: "u", Roles: []vocab.Role{vocab.Steward, vocab.DataUser, vocab.Auditor, vocab.Authority}},
		{Path: "/contests", Key: "x", Person: true, Under: []string{mandate.Contest}, Roles: []vocab.Role{vocab.Steward, vocab.DataUser, vocab.Authority, vocab.Counter}},
		{Path: "/authorisations", Key: "z", Person: true, Under: []string{mandate.Withdraw, mandate.Authorise}, Roles: []vocab.Role{vocab.DataUser, vocab.Authority}},
		{Path: "/emergencies", Key: "e", Roles: []vocab.Role{vocab.DataUser, vocab.Authority, vocab.Auditor}},
		{Path: "/mandates", Person: true},
		{Path: "/counter", Key: "k", Roles: []vocab.Role{vocab.Counter}},
		{Path: "/audit", Key: "a", Roles: []vocab.Role{vocab.Auditor}},
		{Path: "/audit/cases", Roles: []vocab.Role{vocab.Steward}},
		{Path: "/oversight", Key: "n", Roles: []vocab.Role{vocab.Authority}},
		{Path: "/coverage", Roles: []vocab.Role{vocab.Authority, vocab.Auditor, vocab.Steward}},
		{Path: "/members", Key: "m", Roles: []vocab.Role{vocab.Authority}},
		{Path: "/officers", Key: "o", Roles: []vocab.Role{vocab.Steward, vocab.Operator, vocab.Authority}},
		{Path: "/machines", Key: "p", Roles: []vocab.Role{vocab.Steward, vocab.Operator}},
		{Path: "/health", Key: "h", Roles: []vocab.Role{vocab.Operator}},
	}
}
