package app

import (
	"errors"
	"os"
	"path/filepath"

	"fontis/internal/vocab"
)

// present refuses a node whose keys are here while its data are not: a folder that
// was emptied, or whose disk is not mounted. Served as it stands, the node would
// begin a second life under its old name, with no officer and a log that holds
// nothing, beside what everyone else remembers of it.
func (c Config) present(o Options) error {
	if o.New || o.restoring {
		return os.MkdirAll(c.data(), 0o700)
	}
	number, err := newestLog(c.data())
	if err != nil {
		return err
	}
	needs := []string{c.data(), logDir(c.data(), number)}
	if address, err := c.databaseAddress(); err == nil && address == "" {
		needs = append(needs, filepath.Join(c.data(), databaseFile))
	}
	for _, path := range needs {
		_, err := os.Stat(path)
		if errors.Is(err, os.ErrNotExist) {
			return vocab.DataMissing.Because("the node exists, but its data %s are not there", path).
				WithFix("put the data folder back from its own copy, look that its disk is mounted, or: fontis restore FILE --node %s", c.Dir)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
