package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// The unit starts what the page installs, as the user that the page makes, in the
// folder that the page gives to it.
func TestTheUnitAndTheInstallPageAgree(t *testing.T) {
	unit, err := os.ReadFile("../../scripts/fontis.service")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../docs/operate/install.md")
	if err != nil {
		t.Fatal(err)
	}
	of := func(key string) string {
		found := regexp.MustCompile(`(?m)^` + key + `=(.*)$`).FindSubmatch(unit)
		if found == nil {
			t.Fatalf("the unit has no %s", key)
		}
		return string(found[1])
	}
	start := strings.Fields(of("ExecStart"))
	folder := start[len(start)-1]
	for _, want := range []string{
		"install -m 755 fontis " + start[0],
		"install -D -m 644 INSTALL.md " + strings.TrimPrefix(of("Documentation"), "file:"),
		"useradd --system --home-dir " + of("ReadWritePaths") + " --shell /usr/sbin/nologin " + of("User"),
		"install -d -o " + of("User") + " -g " + of("Group") + " -m 700 " + of("ReadWritePaths"),
		"runuser -u " + of("User") + " -- fontis init --node " + folder,
		"cp fontis.service /etc/systemd/system/fontis.service",
		"fontis doctor --node " + folder,
	} {
		if !strings.Contains(string(page), want) {
			t.Errorf("install.md does not say %q", want)
		}
	}
	if !strings.HasPrefix(folder, of("ReadWritePaths")+"/") || start[1] != "serve" {
		t.Errorf("the unit starts %v and may write to %s", start, of("ReadWritePaths"))
	}
}
