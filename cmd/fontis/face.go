package main

import (
	"net/http"

	"fontis/internal/app"
)

// face is the node's HTTP interface over its open parts.
func face(a *app.App) (http.Handler, error) {
	mux := http.NewServeMux()
	mux.Handle("/log/1/", http.StripPrefix("/log/1", a.Log.Handler()))
	return mux, nil
}
