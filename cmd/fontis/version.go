package main

import (
	"runtime"
	"runtime/debug"

	"fontis/cmd/fontis/console"
)

// versionCmd says which build this is.
type versionCmd struct{}

// Help shows an example.
func (versionCmd) Help() string { return "Example:\n  fontis version --json" }

type versionAnswer struct {
	Version  string `json:"version"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
	Revision string `json:"revision,omitempty"`
}

// Run prints the version.
func (versionCmd) Run(c *console.Console) error {
	v := versionAnswer{Version: console.Build, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				v.Revision = s.Value
			}
		}
	}
	return c.Result(v, func() { c.Say("fontis %s (%s, %s)", v.Version, v.Go, v.Platform) })
}
