package main

import (
	"runtime"
	"runtime/debug"
)

// build is the version that a release is built with: -ldflags "-X main.build=1.0.0".
var build = "dev"

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
func (versionCmd) Run(c *console) error {
	v := versionAnswer{Version: build, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				v.Revision = s.Value
			}
		}
	}
	return c.result(v, func() { c.say("fontis %s (%s, %s)", v.Version, v.Go, v.Platform) })
}
