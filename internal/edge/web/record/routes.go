// Package record shows what is on record: the accesses of a member, why one was allowed or
// refused, and its receipts.
package record

import (
	"fontis/internal/edge/web/page"
	"fontis/internal/edge/web/paper"
	"fontis/internal/engine/tlog"
	"fontis/internal/trust/access"
	"fontis/internal/vocab"
)

// Section is these pages with what they call.
type Section struct {
	Door *access.Door
	Log  *tlog.Log
}

// Parts are what changes while it is read: whether a receipt waits still.
func (s *Section) Parts() []page.Part {
	return []page.Part{{Name: "receipt", Untold: true, Stamp: func(v *page.Visit, id string) (string, error) {
		_, err := s.Door.Receipt(v.Ctx(), v.Actor, vocab.TraceID(id))
		if vocab.CodeOf(err) == vocab.ReceiptWaiting {
			return "waits", nil
		}
		return "", err
	}}}
}

// Routes are the pages.
func (s *Section) Routes() []page.Route {
	return []page.Route{
		{Path: "/accesses", Page: "accesses", Show: s.accesses, File: page.File(s.accessList)},
		{Path: "/accesses/{trace}", Page: "why", Show: s.why},
		{Path: "/accesses/{trace}/receipt", Paper: paper.View, Page: "receipt", Show: s.receipt},
		{Path: "/accesses/{trace}/receipt/{part}", Send: s.receiptFile},
	}
}
