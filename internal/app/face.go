package app

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"

	"fontis/internal/edge/api"
	"fontis/internal/edge/api/ckan"
	"fontis/internal/edge/api/dcat"
	"fontis/internal/edge/api/finding"
	"fontis/internal/edge/api/harvest"
	"fontis/internal/edge/api/law"
	"fontis/internal/edge/api/open"
	"fontis/internal/edge/api/standard"
	"fontis/internal/edge/text"
	"fontis/internal/edge/web"
	"fontis/internal/engine/db/outbox"
	"fontis/internal/engine/tlog"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/idempotency"
	"fontis/internal/trust/identity/limit"
	"fontis/internal/trust/identity/password"
	"fontis/internal/vocab"
	files "fontis/web"
)

// Face is the node's HTTP interface over its open parts: the interface for
// programs on its own paths, pages everywhere else.
func (a *App) Face(version string) (http.Handler, error) {
	texts, err := text.Load(files.Text, "text")
	if err != nil {
		return nil, fmt.Errorf("read the sentences: %w", err)
	}
	kept, limits := idempotency.New(a.DB, a.Keys, a.Clock), limit.New(a.Clock, a.Config.limits())
	programs, err := api.New(api.Parts{
		Identity: a.Identity, Catalog: a.Catalog, Succession: a.Succession, Share: a.Share, Door: a.Door, Ledger: a.Ledger, Totals: a.Totals,
		Kept: kept, Blobs: a.Blobs, Limits: limits, Text: texts,
		Clock: a.Clock, Diary: a.Diary, Logs: a.logs(), URL: a.Config.URL, Version: version, Keeping: a.keeping(),
	})
	if err != nil {
		return nil, fmt.Errorf("make the interface: %w", err)
	}
	law.Mount(programs, law.Parts{Quality: a.Quality, Channels: a.Channels, Share: a.Share, Demand: a.Demand, Review: a.Review, Calendar: a.Calendar, Authorisation: a.Authorisation, Emergency: a.Emergency, Freshness: a.Freshness, Coverage: a.Coverage})
	law.MountRecords(programs, a.records(texts))
	finding.Mount(programs, finding.Parts{Catalog: a.Catalog, Finding: a.Finding, Lists: a.Lists})
	standard.Mount(programs, a.Standard)
	harvest.Mount(programs, a.Harvest, a.runner())
	reader := open.New(open.Parts{Catalog: a.Catalog, Moves: a.Succession, Names: a.Identity, Text: texts, Clock: a.Clock})
	ckan.Mount(programs, ckan.Parts{Reader: reader, Rows: a.Door, URL: a.Config.URL, Version: version})
	dcat.Mount(programs, dcat.Parts{Reader: reader, Standard: a.Standard, URL: a.Config.URL})
	issuers, err := a.issuers()
	if err != nil {
		return nil, fmt.Errorf("sign-in through others: %w", err)
	}
	pages, err := web.New(web.Parts{
		Identity: a.Identity, Catalog: a.Catalog, Share: a.Share, Door: a.Door, Ledger: a.Ledger, Totals: a.Totals,
		Quality: a.Quality, View: a.Records.View, Mandates: a.Records.Mandates, Deferrals: a.Records.Deferrals, Audit: a.Records.Audit, Retention: a.Records.Retention, Calendar: a.Calendar, Demand: a.Demand, Finding: a.Finding, Lists: a.Lists, Standard: a.Standard, Succession: a.Succession, Harvest: a.Harvest, Runner: a.runner(), Review: a.Review, Authorisation: a.Authorisation, Emergency: a.Emergency, Freshness: a.Freshness, Coverage: a.Coverage, Channels: a.Channels,
		Kept: kept, Blobs: a.Blobs, Imports: a.imports, Log: a.Log, Tally: a.Tally, Limits: limits, Text: texts, Clock: a.Clock, Diary: a.Diary,
		Contact: web.Contact(a.Config.Help), Condition: a.condition(version), Facts: outbox.New(a.DB), Issuers: issuers, Demo: a.demo(), URL: a.Config.URL, Secure: strings.HasPrefix(a.Config.URL, "https:"),
	})
	if err != nil {
		return nil, fmt.Errorf("make the pages: %w", err)
	}
	a.onClose(func() error { pages.Close(); return nil })
	return faces{programs: programs, pages: pages, prefixes: programs.Prefixes()}, nil
}

// demo is what the pages tell of the invented world; a demo node says on every
// page that it is one, whoever serves it.
func (a *App) demo() func() web.Demo {
	if a.Demo == nil && a.Config.Demo {
		return func() web.Demo { return web.Demo{} }
	}
	return a.Demo
}

// faces tells programs from people by the path, and where both have one, by what
// the caller wants to read.
type faces struct {
	programs, pages http.Handler
	prefixes        []string
}

// ServeHTTP hands the call to the face that owns its path.
func (f faces) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	owned := slices.ContainsFunc(f.prefixes, func(p string) bool {
		return r.URL.Path == p || strings.HasSuffix(p, "/") && strings.HasPrefix(r.URL.Path, p)
	})
	trace, receipt := strings.CutPrefix(r.URL.Path, "/receipts/")
	switch {
	case receipt && vocab.ValidTrace(trace) && strings.Contains(r.Header.Get("Accept"), "text/html"):
		http.Redirect(w, r, "/accesses/"+trace+"/receipt", http.StatusSeeOther)
	case owned:
		f.programs.ServeHTTP(w, r)
	default:
		f.pages.ServeHTTP(w, r)
	}
}

func (a *App) logs() []api.Log {
	var out []api.Log
	for i, l := range slices.Concat(a.Older, []*tlog.Log{a.Log}) {
		out = append(out, api.Log{Number: i + 1, Origin: l.Origin(), VKey: l.VerifierKey(), Handler: l.Handler()})
	}
	return out
}

func (a *App) issuers() ([]web.Issuer, error) {
	var out []web.Issuer
	for i, c := range a.Config.OIDC {
		cfg := identity.OIDCConfig{
			Issuer: c.Issuer, ClientID: c.ClientID, RedirectURL: strings.TrimSuffix(a.Config.URL, "/") + web.IssuerPath(i), Scopes: c.Scopes,
			LoginClaim: c.LoginClaim, NameClaim: c.NameClaim, Member: vocab.MemberID(c.Member), MemberClaim: c.MemberClaim,
			RolesClaim: c.RolesClaim, Roles: map[string]vocab.Role{}, StrongRoles: map[string]vocab.Role{}, Provision: c.AddUnknown,
			SubjectClaim: c.SubjectClaim, SubjectKind: vocab.SubjectKeyKind(c.SubjectKind),
		}
		for _, m := range c.Members {
			cfg.Members = append(cfg.Members, vocab.MemberID(m))
		}
		for claim, role := range c.Roles {
			cfg.Roles[claim] = vocab.Role(role)
		}
		for claim, role := range c.StrongRoles {
			cfg.StrongRoles[claim] = vocab.Role(role)
		}
		if c.SecretFile != "" {
			secret, err := os.ReadFile(c.SecretFile)
			if err != nil {
				return nil, vocab.KeyMissing.Wrap(err, "the secret of issuer %s", c.Name)
			}
			cfg.ClientSecret = password.Password(firstLine(secret))
		}
		o, err := identity.NewOIDC(a.Identity, cfg)
		if err != nil {
			return nil, fmt.Errorf("issuer %s: %w", c.Name, err)
		}
		out = append(out, web.Issuer{Name: c.Name, OIDC: o})
	}
	return out, nil
}

func firstLine(b []byte) string {
	line, _, _ := strings.Cut(string(b), "\n")
	return strings.TrimSpace(line)
}
