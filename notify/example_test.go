package notify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/notify"
)

// chat posts into a channel, by an incoming webhook of Slack or of a chat like it.
type chat struct {
	url    string // a secret: whoever has it may post
	client *http.Client
}

// Name is what the store knows it by.
func (chat) Name() string { return "chat" }

// Notify says what needs somebody first. Its error has nothing of the address.
func (c chat) Notify(ctx context.Context, s adcimport.Summary) error {
	var text strings.Builder
	fmt.Fprintf(&text, "%s: the import of %ss is %s, %d need you", s.Link, s.Kind, notify.EventOf(s), notify.NeedYou(s))
	if s.Failure != nil {
		trouble := notify.TroubleOf(s.Failure)
		fmt.Fprintf(&text, "\n%s %s", trouble.What, trouble.Help)
	}
	for _, line := range notify.Needs(s) {
		fmt.Fprintf(&text, "\n%d %s. %s", line.Count, line.Text, line.Help)
	}
	body, err := json.Marshal(map[string]string{"text": text.String()})
	if err != nil {
		return errors.New("chat: the text cannot be written as JSON")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return errors.New("chat: the address is none")
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.client.Do(req)
	if err != nil {
		return errors.New("chat: no reply")
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("chat: HTTP %d", resp.StatusCode)
	}
	return nil
}

// channel shows what is posted into it.
type channel struct{}

func (channel) RoundTrip(r *http.Request) (*http.Response, error) {
	var posted struct{ Text string }
	if err := json.NewDecoder(r.Body).Decode(&posted); err != nil {
		return nil, err
	}
	fmt.Println(posted.Text)
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(new(bytes.Buffer)), Request: r}, nil
}

// A notifier of your own is one method: here one for Slack, which wants a text.
func Example() {
	cfg := adcimport.Config{Notifiers: []adcimport.Notifier{
		chat{url: "https://chat.example/secret", client: &http.Client{Transport: channel{}}},
	}}
	ended := []adcimport.Summary{
		{
			Link: "acme", Kind: adcimport.KindCustomer, Status: adcimport.StatusCompleted, Counts: adcimport.Counts{Read: 50, Created: 48, Failed: 2},
			ByReason: map[adcimport.Reason]int{adcimport.ReasonInvalidRecord: 2},
		},
		{
			Link: "acme", Kind: adcimport.KindUser, Status: adcimport.StatusFailed,
			Failure: &adcimport.Failure{End: "source", Operation: "GetRepList", Code: "auth"},
		},
	}
	for _, s := range ended { // as an importer does
		if err := cfg.Notifiers[0].Notify(context.Background(), s); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// acme: the import of customers is completed, 2 need you
	// 2 missing something that SecurityTrax needs. Correct them at Alarm.com, then press Retry.
	// acme: the import of users is failed, 0 need you
	// Alarm.com refuses the login. Check user name and password in the settings, or have the login unlocked. Then resume the import.
}
