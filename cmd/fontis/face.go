package main

import (
	"net/http"

	"fontis/internal/app"
)

// face is the node's HTTP interface over its open parts.
func face(a *app.App) (http.Handler, error) { return a.Face(build) }
