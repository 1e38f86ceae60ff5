package console

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"
)

// LogAddress is where the log's files are: a node says it in log.json, so that
// its own address is enough.
func LogAddress(ctx context.Context, reader *http.Client, given string) string {
	if !IsURL(given) {
		return given
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(given, "/")+"/log.json", nil)
	if err != nil {
		return given
	}
	res, err := reader.Do(req)
	if err != nil {
		return given
	}
	defer res.Body.Close()
	var log struct {
		URL string `json:"url"`
	}
	if res.StatusCode != http.StatusOK || json.NewDecoder(io.LimitReader(res.Body, 1<<16)).Decode(&log) != nil || !IsURL(log.URL) {
		return given
	}
	return log.URL
}
