package console

import (
	"net/http"

	"fontis/internal/app"
)

// Build is the version that a release is built with:
// -ldflags "-X fontis/cmd/fontis/console.Build=1.0.0".
var Build = "dev"

// Face is the node's HTTP interface over its open parts.
func Face(a *app.App) (http.Handler, error) { return a.Face(Build) }
