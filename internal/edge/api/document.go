package api

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// schema is the schema of a type in the document.
func (s *server) schema(v any) *huma.Schema {
	return s.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeOf(v), true, reflect.TypeOf(v).Name())
}

func (s *server) jsonBody(v any) *huma.RequestBody {
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: s.schema(v)}}}
}

func (s *server) jsonAnswer(v any) map[string]*huma.Response {
	return map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{"application/json": {Schema: s.schema(v)}}}}
}

// file is a body that is a file of one of the types.
func file(types ...string) *huma.RequestBody {
	b := &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{}}
	for _, t := range types {
		b.Content[t] = &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}}
	}
	return b
}

// form is a multipart body: a file and fields beside it.
func form(fields ...string) *huma.RequestBody {
	props := map[string]*huma.Schema{"file": {Type: "string", Format: "binary"}}
	for _, f := range fields {
		props[f] = &huma.Schema{Type: "string"}
	}
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"multipart/form-data": {Schema: &huma.Schema{Type: "object", Properties: props, Required: []string{"file"}}},
	}}
}

// queries documents what a raw route takes in its query.
func queries(names ...string) []*huma.Param {
	out := make([]*huma.Param, len(names))
	for i, n := range names {
		out[i] = &huma.Param{Name: n, In: "query", Schema: &huma.Schema{Type: "string"}}
	}
	return out
}
