// Package notices tells of the ends of runs.
package notices

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/securitytrax/adcimport"
)

// Notice is what the receiver is told: ids, codes and counts.
type Notice struct {
	adcimport.Summary

	Text     string `json:"text"`      // the same in a sentence
	ToReview int    `json:"to_review"` // how many wait for a person: see the page of the review
}

// Notifier posts what became of a run to an address, such as that of the service
// that sends the mails, or logs it where there is none.
type Notifier struct {
	URL string // empty: the log
	Log *slog.Logger
}

// Name is what the store knows it by: it stays the same when the code is moved.
func (Notifier) Name() string { return "host" }

// Notify is told at least once. Whoever receives it remembers the Idempotency-Key, and
// does nothing when it comes again. An error has it repeated.
func (n Notifier) Notify(ctx context.Context, s adcimport.Summary) error {
	n.Log.InfoContext(ctx, "import ended or waits", slog.String("notice", s.Notice), slog.String("link", s.Link),
		slog.String("summary", s.String()))
	if n.URL == "" {
		return nil
	}
	body, err := json.Marshal(Notice{s, s.String(), s.ToReview()})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, n.URL, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", s.Notice)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("the receiver of notices replied %s", res.Status)
	}
	return nil
}
