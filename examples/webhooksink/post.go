package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/securitytrax/adcimport"
)

// find looks ids up. An answer that cannot be read is an error: it must not look
// like "not there".
func (s *Sink) find(ctx context.Context, kind string, ids []string) (map[string][]string, error) {
	body, err := json.Marshal(map[string][]string{"ids": ids})
	if err != nil {
		return nil, fmt.Errorf("find %s: %w", kind, err)
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	r, err := s.post(ctx, kind+"/find", "", &gate{data: body, check: func() error { return nil }})
	if err == nil && r.status != http.StatusOK {
		err = s.statusError(r)
	}
	var doc struct {
		Found map[string][]string `json:"found"`
	}
	if err == nil {
		err = errors.Join(r.err, json.Unmarshal(r.body, &doc))
	}
	if err == nil && doc.Found == nil {
		err = errors.New("the answer has no \"found\"")
	}
	if err != nil {
		return nil, fmt.Errorf("find %d %s: %w", len(ids), kind, err)
	}
	found := make(map[string][]string)
	for _, id := range ids {
		if hits := doc.Found[id]; len(hits) > 0 {
			found[id] = hits
		}
	}
	return found, nil
}

// reply is an answer. err says that its body did not come through whole.
type reply struct {
	status int
	header http.Header
	body   []byte
	err    error
}

// maxReply is more than any answer has.
const maxReply = 4 << 20

// post sends one signed request, once. An error means that no answer came.
func (s *Sink) post(ctx context.Context, path, key string, g *gate) (reply, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.cfg.Endpoint+"/"+path, g)
	if err != nil {
		return reply{}, err
	}
	req.ContentLength = int64(len(g.data))
	req.Header.Set("Content-Type", "application/json")
	if key != "" {
		req.Header.Set(headerKey, key)
	}
	Sign(req, g.data, s.cfg.Secret, s.cfg.Now())
	resp, err := s.client.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = resp.Body.Close() }() // read to its end, or given up
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	return reply{status: resp.StatusCode, header: resp.Header, body: body, err: err}, nil
}

// statusError says what an answer means for the run. It tells nothing of the
// body, which may quote a record.
func (s *Sink) statusError(r reply) error {
	err := fmt.Errorf("the endpoint answered %d", r.status)
	switch r.status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Errorf("%w: %w", adcimport.ErrAuth, err)
	case http.StatusTooManyRequests:
		return &adcimport.PausedError{Until: s.retryAt(r), Err: fmt.Errorf("%w: %w", adcimport.ErrRateLimited, err)}
	case http.StatusServiceUnavailable:
		return &adcimport.PausedError{Until: s.retryAt(r), Err: err}
	}
	return err
}

// Pauses, where Retry-After says nothing that makes sense.
const (
	usualPause   = time.Minute
	longestPause = 24 * time.Hour
)

func (s *Sink) retryAt(r reply) time.Time {
	now := s.cfg.Now()
	wait := usualPause
	text := r.header.Get("Retry-After")
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && seconds >= 0 || errors.Is(err, strconv.ErrRange) {
		wait = time.Duration(min(max(seconds, 0), longestPause.Seconds()) * float64(time.Second))
	} else if at, err := http.ParseTime(text); err == nil {
		wait = at.Sub(now)
	}
	return now.Add(min(max(wait, time.Second), longestPause))
}

// gate is the body of a request. It asks whether it may be sent at the moment it
// is, when a connection is there, and knows afterwards whether any of it went
// out. It gives its last byte away alone and asks before that, too: a process that
// slept past its lease in between leaves a request that is not whole, and its
// signature is not right. It cannot be read twice, so that net/http never repeats
// a create.
type gate struct {
	data  []byte
	check func() error

	mu      sync.Mutex
	read    int
	sealed  bool
	stopped error
}

// Read implements [io.Reader].
func (g *gate) Read(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	left := len(g.data) - g.read
	switch {
	case g.sealed:
		return 0, errors.New("the request is over")
	case left == 0:
		return 0, io.EOF
	}
	if g.stopped = g.mayGoOn(); g.stopped != nil {
		return 0, g.stopped
	}
	n := copy(p, g.data[g.read:g.read+max(1, left-1)])
	g.read += n
	return n, nil
}

// mayGoOn asks for permission. A run that is told to stop begins no request, but
// ends those it began: they would be in doubt.
func (g *gate) mayGoOn() error {
	err := g.check()
	late := errors.Is(err, adcimport.ErrLeaseLost) || errors.Is(err, context.DeadlineExceeded)
	if g.read > 0 && !late {
		return nil
	}
	return err
}

// Close implements [io.Closer].
func (*gate) Close() error { return nil }

// seal keeps the body from being sent from now on, and tells whether any of it
// was, and what stopped it.
func (g *gate) seal() (sent bool, stopped error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.sealed = true
	return g.read > 0, g.stopped
}
