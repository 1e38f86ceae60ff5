package console

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"fontis/internal/edge/client"
)

// page is a part of a list as the interface gives it.
type page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"` // what the next part comes after
}

// ListAll reads every page of a list.
func ListAll[T any](ctx context.Context, to *client.Client, path string) ([]T, error) {
	return ListSome[T](ctx, to, path, 0)
}

// ListSome reads pages until there are most entries; 0 reads all.
func ListSome[T any](ctx context.Context, to *client.Client, path string, most int) ([]T, error) {
	all := []T{}
	for after := ""; ; {
		var p page[T]
		if err := to.Do(ctx, http.MethodGet, from(path, after), nil, &p); err != nil {
			return nil, err
		}
		all, after = append(all, p.Items...), p.Next
		if most > 0 && len(all) >= most {
			return all[:most], nil
		}
		if after == "" {
			return all, nil
		}
	}
}

func from(path, after string) string {
	if after == "" {
		return path
	}
	sign := "?"
	if strings.Contains(path, "?") {
		sign = "&"
	}
	return path + sign + "after=" + url.QueryEscape(after)
}
