// Package snippet writes a trial call of a test twin in three languages, so that who
// asks has a program that works before the first real answer. It is pure.
package snippet

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"

	"fontis/internal/trust/access"
	"fontis/internal/vocab"
)

// Snippets are one trial call in three languages, and how the token of the call is
// had. It stands in the variable TOKEN of the environment, so that no one pastes
// it into a file; a machine's call also names the officer, in OFFICER.
type Snippets struct {
	Grant  vocab.GrantID    `json:"grant"` // of the twin
	Path   string           `json:"path"`
	Body   string           `json:"body"`
	Token  string           `json:"token"` // lines of a shell, before any of the three
	Curl   string           `json:"curl"`
	Java   string           `json:"java"`
	Python string           `json:"python"`
	Rows   []access.TwinRow `json:"rows,omitempty"` // all invented subjects with what their twin holds
}

// Call is the JSON of one question, with the fields in the order in which a
// reader wants them.
type Call struct {
	Grant   vocab.GrantID           `json:"grant"`
	Subject vocab.SubjectKey        `json:"subject"`
	Values  map[vocab.ItemID]string `json:"values,omitempty"`
	Status  string                  `json:"status,omitempty"`
	Items   []vocab.ItemID          `json:"items,omitempty"`
	Purpose string                  `json:"purpose"`
	Case    string                  `json:"case"`
}

// Of is a call of the twin of a grant about one of its subjects, in three languages.
func Of(url string, g access.Grant, row access.TwinRow) (Snippets, error) {
	return Written(url, g.Question, Example(g, row))
}

// Example is a call about an invented subject whose values match.
func Example(g access.Grant, row access.TwinRow) Call {
	c := Call{Grant: g.ID, Subject: row.Subject, Purpose: g.Purpose, Case: exampleCase(g.CasePattern)}
	switch g.Question {
	case vocab.Compare:
		c.Values = map[vocab.ItemID]string{}
		for _, i := range g.Items {
			c.Values[i] = row.Values[i]
		}
	case vocab.Status:
		c.Status = g.Statuses[0]
	default:
		c.Items = g.Items
	}
	return c
}

// Written is a call in three languages.
func Written(url string, q vocab.Question, c Call) (Snippets, error) {
	out := Snippets{Grant: c.Grant, Path: "/v1/" + string(q)}
	var err error
	if out.Body, err = text(c); err != nil {
		return out, err
	}
	node := strings.TrimRight(url, "/")
	address := node + out.Path
	quotedAddress, err := text(address)
	if err != nil {
		return out, err
	}
	quotedBody, err := text(out.Body)
	if err != nil {
		return out, err
	}
	out.Token = fmt.Sprintf(tokenForm, shellQuote(node+"/v1/sign-in"))
	out.Curl = fmt.Sprintf(curlForm, shellQuote(address), shellQuote(out.Body))
	out.Java = fmt.Sprintf(javaForm, quotedAddress, quotedBody)
	out.Python = fmt.Sprintf(pythonForm, quotedAddress, quotedBody)
	return out, nil
}

// text is JSON without the escapes that only a browser needs. A JSON string is
// also a string of Java and of Python.
func text(v any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "", fmt.Errorf("write the sample: %w", err)
	}
	return strings.TrimRight(b.String(), "\n"), nil
}

func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// tokenForm asks for the password, so that no shell remembers it, and takes the
// token out of the answer with what every shell has.
const tokenForm = `# A token of your system: a steward of your member makes one with
#   fontis machine add trial 'our trial'
# and you: export TOKEN=THE-TOKEN OFFICER=YOUR-LOGIN
# Or one of your own session, until you sign out:
printf 'login: ' >&2; read -r LOGIN
printf 'password: ' >&2; stty -echo 2>/dev/null; read -r PASSWORD; stty echo 2>/dev/null; echo >&2
PASSWORD=$(printf %%s "$PASSWORD" | sed 's/[\\"]/\\&/g')
TOKEN=$(printf '{"login":"%%s","password":"%%s"}' "$LOGIN" "$PASSWORD" |
  curl -sS %s -H 'Content-Type: application/json' -d @- |
  sed -n 's/.*"token": *"\([^"]*\)".*/\1/p')
export TOKEN; unset PASSWORD
# A node that made its own certificate: export CURL_CA_BUNDLE=cert.pem SSL_CERT_FILE=cert.pem
`

const curlForm = `curl -sS %s \
  -H "Authorization: Bearer $TOKEN" \
  -H "Fontis-Officer: ${OFFICER:-trial}" \
  -H 'Content-Type: application/json' \
  -d %s
`

const javaForm = `import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

public class Ask {
    public static void main(String[] args) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(%s))
            .header("Authorization", "Bearer " + System.getenv("TOKEN"))
            .header("Fontis-Officer", System.getenv().getOrDefault("OFFICER", "trial"))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(%s))
            .build();
        HttpResponse<String> answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        System.out.println(answer.statusCode() + " " + answer.body());
    }
}
`

const pythonForm = `import os
import urllib.error
import urllib.request

request = urllib.request.Request(
    %s,
    data=%s.encode("utf-8"),
    headers={
        "Authorization": "Bearer " + os.environ["TOKEN"],
        "Fontis-Officer": os.environ.get("OFFICER", "trial"),
        "Content-Type": "application/json",
    },
)
try:
    with urllib.request.urlopen(request) as answer:
        print(answer.status, answer.read().decode("utf-8"))
except urllib.error.HTTPError as refused:
    print(refused.code, refused.read().decode("utf-8"))
`

// exampleCase is a case number that the pattern takes; where none is found, a
// plain one that the reader replaces.
func exampleCase(pattern string) string {
	const plain = "CASE-1"
	if pattern == "" {
		return plain
	}
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return plain
	}
	var b strings.Builder
	writeExample(&b, tree)
	form, err := regexp.Compile(`\A(?:` + pattern + `)\z`)
	if err != nil || !form.MatchString(b.String()) || strings.TrimSpace(b.String()) == "" {
		return plain
	}
	return b.String()
}

// longestExample bounds the example of a pattern that repeats repeats.
const longestExample = 200

// writeExample writes the shortest text of each part of a pattern, and one of
// what may be left out where the whole would else be empty.
func writeExample(b *strings.Builder, r *syntax.Regexp) {
	if b.Len() > longestExample {
		return
	}
	switch r.Op {
	case syntax.OpLiteral:
		b.WriteString(string(r.Rune))
	case syntax.OpCharClass:
		b.WriteRune(readable(r.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte('1')
	case syntax.OpCapture, syntax.OpPlus, syntax.OpAlternate:
		writeExample(b, r.Sub[0])
	case syntax.OpConcat:
		for _, part := range r.Sub {
			writeExample(b, part)
		}
	case syntax.OpRepeat:
		for range max(r.Min, 1) {
			writeExample(b, r.Sub[0])
		}
	}
}

// readable picks a digit or a letter of a class where it holds one.
func readable(class []rune) rune {
	for _, want := range "1aA一-0" {
		for i := 0; i+1 < len(class); i += 2 {
			if class[i] <= want && want <= class[i+1] {
				return want
			}
		}
	}
	if len(class) == 0 {
		return '1'
	}
	return class[0]
}
