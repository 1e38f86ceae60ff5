// Package standard is the interface for programs to data elements and code lists.
//
// Mount adds the operations; each reads its input, calls one verb and gives its
// answer. Promise: who may and who sees what is the verb's alone.
package standard

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/duty/catalog/standard"
	"fontis/internal/edge/api"
	"fontis/internal/trust/identity"
)

// Elements is one page of data elements.
type Elements = api.Page[standard.Element]

// Retirement ends an element.
type Retirement struct {
	Successor string `json:"successor,omitempty" doc:"The element that stands in its place"`
}

// Lists is one page of code lists.
type Lists = api.Page[standard.List]

// Table is a code list with its codes: the whole table where it is sent, one page of
// it where it is answered.
type Table struct {
	standard.List
	Items []standard.Code `json:"items"`
	Next  string          `json:"next,omitempty" doc:"Where the next page begins"`
}

// Replaced is a code list after a new table, and what the table did to it.
type Replaced struct {
	standard.List
	standard.Changes
}

// NamePath names an element or a list. It is exported for huma, which sees no other
// field.
type NamePath struct {
	ID string `path:"id" doc:"Its identifier; a slash in it is written %2F"`
}

// PageQuery asks for the next things after one. It is exported for huma.
type PageQuery struct {
	After string `query:"after"`
	Limit int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
}

// maxTable bounds a table of codes as JSON: 100,000 codes with long names.
const maxTable = 32 << 20

// Mount adds the operations to the interface, before it serves.
func Mount(a *api.API, s *standard.Service) {
	addElements(a, s)
	addLists(a, s)
}

func addElements(a *api.API, s *standard.Service) {
	t := []string{"catalog"}
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/elements", Summary: "Data elements: what columns mean, wherever they stand", Tags: t},
		func(ctx context.Context, by identity.Actor, in *PageQuery) (Elements, error) {
			all, err := s.Elements(ctx, by, in.After, in.Limit+1)
			return api.PageOf(all, in.Limit, func(e standard.Element) string { return e.ID }), err
		})
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/elements/{id}", Summary: "One data element", Tags: t},
		func(ctx context.Context, by identity.Actor, in *NamePath) (*standard.Element, error) {
			return s.Element(ctx, by, in.ID)
		})
	api.Op(a, huma.Operation{Method: "PUT", Path: "/v1/elements/{id}", Summary: "Define a data element, or change one of your own member's", Tags: t},
		func(ctx context.Context, by identity.Actor, in *struct {
			NamePath
			Body standard.Element
		},
		) (*standard.Element, error) {
			in.Body.ID = in.ID
			return s.PutElement(ctx, by, in.Body)
		})
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/elements/{id}/retirement", Summary: "End a data element of your own member's", Tags: t},
		func(ctx context.Context, by identity.Actor, in *struct {
			NamePath
			Body Retirement
		},
		) (*standard.Element, error) {
			return s.RetireElement(ctx, by, in.ID, in.Body.Successor)
		})
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/elements/{id}/items", Summary: "Items that carry the element, and where they differ from it", Tags: t},
		func(ctx context.Context, by identity.Actor, in *struct {
			NamePath
			Offset int `query:"offset" minimum:"0" maximum:"10000"`
			Limit  int `query:"limit" minimum:"1" maximum:"500" default:"50"`
		},
		) (*standard.Carriers, error) {
			return s.Carriers(ctx, by, in.ID, in.Offset, in.Limit)
		})
}

func addLists(a *api.API, s *standard.Service) {
	t := []string{"catalog"}
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/code-lists", Summary: "Code lists, with their history", Tags: t},
		func(ctx context.Context, by identity.Actor, in *PageQuery) (Lists, error) {
			all, err := s.Lists(ctx, by, in.After, in.Limit+1)
			return api.PageOf(all, in.Limit, func(l standard.List) string { return l.ID }), err
		})
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/code-lists/{id}", Summary: "A code list and one page of its codes", Tags: t},
		func(ctx context.Context, by identity.Actor, in *struct {
			NamePath
			PageQuery
			On      string `query:"on" doc:"A day, 2026-11-23: only codes in force then"`
			Broader string `query:"broader" doc:"Only codes right below this one"`
		},
		) (Table, error) {
			l, codes, err := s.Codes(ctx, by, in.ID, standard.Asked{On: in.On, Broader: in.Broader, After: in.After, Limit: in.Limit + 1})
			if err != nil {
				return Table{}, err
			}
			p := api.PageOf(codes, in.Limit, func(c standard.Code) string { return c.Code })
			return Table{*l, p.Items, p.Next}, nil
		})
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/code-lists/{id}/codes/{code}", Summary: "One code, also one that ended, with what came after it", Tags: t},
		func(ctx context.Context, by identity.Actor, in *struct {
			NamePath
			Code string `path:"code"`
		},
		) (*standard.Code, error) {
			return s.Code(ctx, by, in.ID, in.Code)
		})
	api.Op(a, huma.Operation{Method: "PUT", Path: "/v1/code-lists/{id}", Summary: "Give a list of your own member's a new table, whole; codes that it leaves out end and stay", Tags: t, MaxBodyBytes: maxTable},
		func(ctx context.Context, by identity.Actor, in *struct {
			NamePath
			Body Table
		},
		) (Replaced, error) {
			in.Body.ID = in.ID
			l, did, err := s.PutCodes(ctx, by, in.Body.List, in.Body.Items)
			if err != nil {
				return Replaced{}, err
			}
			return Replaced{*l, did}, nil
		})
}
