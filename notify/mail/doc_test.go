package mail_test

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/notify/mail"
)

// office is a host's own table of dealers.
type office struct{}

func (office) Mails(context.Context, string) ([]string, error) {
	return []string{"office@acme.example"}, nil
}

// The Go snippet of docs/notices.md.
func notifierOf(password string, dealers office, denver *time.Location) (adcimport.Notifier, error) {
	return mail.New(mail.Config{
		Host: "smtp.example.com", Credentials: mail.NewCredentials("imports", password), // STARTTLS, or nothing is sent
		From: "Imports <imports@example.com>",
		To: func(ctx context.Context, s adcimport.Summary) ([]string, error) {
			return dealers.Mails(ctx, s.Link) // nobody: no mail
		},
		Links: func(s adcimport.Summary) mail.Links {
			return mail.Links{Run: "https://crm.example.com/imports/" + s.Link + "/runs/" + s.RunID}
		},
		Zone: denver,
	})
}

// docs/notices.md has this snippet, and the mail that the tests make.
func TestDoc_isTrue(t *testing.T) {
	t.Parallel()
	if _, err := notifierOf("x", office{}, time.UTC); err != nil {
		t.Error(err)
	}
	page, code, golden := file(t, "../../docs/notices.md"), file(t, "doc_test.go"), file(t, "testdata/completed.txt")
	_, part, _ := strings.Cut(page, "## Mails")
	part, _, _ = strings.Cut(part, "\n## ")
	blocks := regexp.MustCompile("(?s)```(go|text)\n(.*?)```").FindAllStringSubmatch(part, -1)
	if len(blocks) != 2 {
		t.Fatalf("%d snippets", len(blocks))
	}
	for _, b := range blocks {
		in := code
		if b[1] == "text" {
			in = golden
		}
		if !strings.Contains(flush(in), flush(b[2])) {
			t.Errorf("this is nowhere:\n%s", b[2])
		}
	}
}

func file(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// flush has each line without its indentation.
func flush(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i, line := range lines {
		lines[i] = strings.Join(strings.Fields(line), " ")
	}
	return strings.Join(lines, "\n")
}
