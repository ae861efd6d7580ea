package webhook_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/notify/webhook"
)

// ids are those that came before.
type ids struct {
	mu   sync.Mutex
	seen map[string]bool
}

// Add reports whether an id is new.
func (s *ids) Add(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.seen[id]
	s.seen[id] = true
	return !before
}

// The two Go snippets of docs/notices.md.

func notifierOf(secret string) (adcimport.Notifier, error) {
	key, err := webhook.ParseKey(secret) // "whsec_" and base64, or NewKey(bytes)
	if err != nil {
		return nil, err
	}
	return webhook.New(webhook.Config{URL: "https://example.com/hooks/imports", Keys: []webhook.Key{key}})
}

func receiverOf(mux *http.ServeMux, key webhook.Key, seen *ids, log *slog.Logger) {
	verifier := webhook.Verifier{Keys: []webhook.Key{key}}
	mux.Handle("POST /hooks/imports", verifier.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		m, _ := webhook.FromContext(r.Context())
		if !seen.Add(m.Notice) { // came before: it was repeated
			return
		}
		log.InfoContext(r.Context(), "import", slog.String("event", string(m.Event)), slog.Int("need_you", m.NeedYou))
	})))
}

func TestDoc_snippetsWork(t *testing.T) {
	t.Parallel()
	if _, err := notifierOf("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"); err != nil {
		t.Error(err)
	}
	var out strings.Builder
	mux := http.NewServeMux()
	receiverOf(mux, key(t, secretText), &ids{seen: map[string]bool{}}, slog.New(slog.NewTextHandler(&out, nil)))
	n := sender(t, webhook.Config{URL: "http://receiver/hooks/imports", Transport: inProcess{mux}})
	for range 2 {
		if err := n.Notify(t.Context(), summary()); err != nil {
			t.Fatal(err)
		}
	}
	if strings.Count(out.String(), "msg=import event=completed need_you=3") != 1 {
		t.Errorf("the log: %s", &out)
	}
}

// docs/notices.md has these snippets, and its body is one that the parser takes whole.
func TestDoc_isTrue(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/notices.md")
	if err != nil {
		t.Fatal(err)
	}
	code, err := os.ReadFile("doc_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, part, _ := strings.Cut(string(page), "## Webhooks")
	part, _, _ = strings.Cut(part, "\n## ")
	blocks := regexp.MustCompile("(?s)```(go|json)\n(.*?)```").FindAllStringSubmatch(part, -1)
	if len(blocks) != 3 {
		t.Fatalf("%d snippets", len(blocks))
	}
	for _, b := range blocks {
		if b[1] == "go" && !strings.Contains(flush(string(code)), flush(b[2])) {
			t.Errorf("this is compiled nowhere:\n%s", b[2])
		}
		if b[1] != "json" {
			continue
		}
		m, err := webhook.ParseMessage([]byte(b[2]))
		if err != nil {
			t.Fatal(err)
		}
		again, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		var want, got map[string]any
		if err := json.Unmarshal([]byte(b[2]), &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(again, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("body (-page +message):\n%s", diff)
		}
		c := m.Counts
		if sum := c.Created + c.Linked + c.Updated + c.Unchanged + c.Skipped + c.Failed; sum != c.Read || m.NeedYou != c.Failed+c.ToReview {
			t.Errorf("the counts of the page do not add up: %+v", m)
		}
	}
}

// flush has each line without its indentation.
func flush(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i, line := range lines {
		lines[i] = strings.Join(strings.Fields(line), " ")
	}
	return strings.Join(lines, "\n")
}
