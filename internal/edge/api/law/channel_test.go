package law_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"fontis/internal/duty/quality"
	"fontis/internal/edge/api/law"
	"fontis/internal/edge/jobs/channel"
	"fontis/internal/vocab"
)

// TestANoticeReachesAMembersOwnSystem goes all the way: a step of a contest, the
// inbox, the outbox, the channel, a real receiver. Nothing of the person goes out.
func TestANoticeReachesAMembersOwnSystem(t *testing.T) {
	got := make(chan string, 20)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var e struct {
			Data struct{ Kind, Code, Link string }
		}
		if err := json.NewDecoder(r.Body).Decode(&e); err != nil {
			t.Error(err)
		}
		got <- e.Data.Kind + " " + e.Data.Code + " " + e.Data.Link
	}))
	defer hook.Close()
	w := newWorldWith(t, map[string][]string{"civil": {strings.TrimPrefix(hook.URL, "http://")}})
	next := func() string {
		t.Helper()
		select {
		case s := <-got:
			return s
		case <-time.After(20 * time.Second):
			t.Fatal("nothing came")
			return ""
		}
	}
	var c channel.Channel
	w.do("zhao", "POST", "/v1/channels", channel.New{Kind: channel.Webhook, Address: hook.URL}, nil, vocab.NotOffered)
	w.do("li", "POST", "/v1/channels", channel.New{Kind: channel.Webhook, Address: hook.URL, Member: true}, &c, "")
	code := strings.Fields(next())[1]
	w.do("he", "POST", "/v1/channels/"+c.ID+"/confirm", law.ChannelCode{Code: "k-0"}, nil, vocab.BadInput)
	w.do("li", "POST", "/v1/channels/"+c.ID+"/confirm", law.ChannelCode{Code: code}, &c, "")
	var contest quality.Contest
	w.do("me", "POST", "/v1/contests", quality.Raise{Item: w.born, Subject: subject(3), Fault: quality.Wrong}, &contest, "")
	w.do("chief", "POST", "/v1/contests/"+string(contest.ID)+"/accept", quality.Word{}, nil, "")
	w.do("chief", "POST", "/v1/contests/"+string(contest.ID)+"/route", quality.Word{}, nil, "")
	line := next()
	if !strings.HasPrefix(line, "contest-route ") || strings.Contains(line, string(contest.ID)) || strings.Contains(line, subject(3).Value) {
		t.Errorf("what went out: %s", line)
	}
	var letters struct{ Items []channel.Letter }
	w.do("li", "GET", "/v1/dead-letters", nil, nil, vocab.RoleMissing)
	w.do("chief", "GET", "/v1/dead-letters", nil, &letters, "")
	if len(letters.Items) != 0 {
		t.Errorf("dead letters: %+v", letters.Items)
	}
}
