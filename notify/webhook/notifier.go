package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/securitytrax/adcimport"
)

// Headers of a request.
const (
	HeaderID        = "Webhook-Id"
	HeaderTimestamp = "Webhook-Timestamp" // seconds since 1970
	HeaderSignature = "Webhook-Signature"
	headerKey       = "Idempotency-Key"
)

const (
	maxReply        = 4 << 10 // bytes that are read of a reply, to use its connection again
	maxReplyHeaders = 64 << 10
	maxRedirects    = 3
)

var (
	// ErrRedirect is a redirect that is not followed: to another host, or one that loses
	// the body (301, 302 and 303).
	ErrRedirect = errors.New("the receiver redirects, which is not followed")

	// ErrTimeout is a receiver that does not reply in time.
	ErrTimeout = errors.New("the receiver does not reply in time")

	// ErrUnreachable is a receiver to whom there is no connection, or whose connection
	// breaks off.
	ErrUnreachable = errors.New("the receiver cannot be reached")
)

// StatusError is a reply that is not 2xx.
type StatusError struct{ Status int }

func (e *StatusError) Error() string { return "the receiver replied " + strconv.Itoa(e.Status) }

// Notifier posts notices to one address. It is safe for concurrent use.
type Notifier struct {
	name string
	post func(ctx context.Context, s adcimport.Summary) error // a closure, which no printer looks into
}

// New makes a notifier. What is missing or out of range is an [*InvalidConfigError] that
// names the field. Nothing is sent.
func New(cfg Config) (*Notifier, error) {
	u, err := cfg.check()
	if err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	sends := &sender{keys: cfg.Keys, url: u, http: newHTTPClient(cfg), retries: cfg.Retries, retryWait: cfg.RetryWait}
	return &Notifier{name: cfg.Name, post: sends.notify}, nil
}

// Name is what the store knows the notifier by.
func (n *Notifier) Name() string { return n.name }

// Notify posts a notice. Its errors match [*StatusError], [ErrRedirect], [ErrTimeout] or
// [ErrUnreachable], and have neither path nor body.
func (n *Notifier) Notify(ctx context.Context, s adcimport.Summary) error { return n.post(ctx, s) }

// sender is what a notifier sends with.
type sender struct {
	keys      []Key
	url       *url.URL
	http      *http.Client
	retries   int
	retryWait time.Duration
}

func newHTTPClient(cfg Config) *http.Client {
	transport := cfg.Transport
	if transport == nil {
		transport = &http.Transport{
			Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 2,
			IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: maxReplyHeaders,
		}
	}
	return &http.Client{Transport: transport, Timeout: cfg.Timeout, CheckRedirect: checkRedirect}
}

// client is one for a single notice: it signs each attempt anew.
func (s *sender) client(sign func(*http.Request) error) *retryablehttp.Client {
	return &retryablehttp.Client{
		HTTPClient: s.http, RetryMax: s.retries, RetryWaitMin: s.retryWait, RetryWaitMax: maxRetryWait,
		CheckRetry: checkRetry, Backoff: retryablehttp.DefaultBackoff, ErrorHandler: retryablehttp.PassthroughErrorHandler,
		PrepareRetry: sign,
	}
}

func (s *sender) notify(ctx context.Context, sum adcimport.Summary) error {
	if err := s.send(ctx, sum); err != nil {
		return fmt.Errorf("post notice %s to %s: %w", sum.Notice, s.url.Host, err)
	}
	return nil
}

func (s *sender) send(ctx context.Context, sum adcimport.Summary) error {
	body, err := json.Marshal(messageOf(sum))
	if err != nil {
		return err
	}
	req, err := retryablehttp.NewRequestWithContext(ctx, http.MethodPost, s.url.String(), body)
	if err != nil {
		return fmt.Errorf("make the request: %w", ErrMalformed) // err would quote the address
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "adcimport-webhook/"+strconv.Itoa(Version))
	req.Header.Set(HeaderID, sum.Notice)
	req.Header.Set(headerKey, sum.Notice)
	sign := func(r *http.Request) error { // each attempt has a time of its own
		now := strconv.FormatInt(time.Now().Unix(), 10)
		r.Header = r.Header.Clone() // the one before may still be on its way
		r.Header.Set(HeaderTimestamp, now)
		r.Header.Set(HeaderSignature, signatures(s.keys, sum.Notice, now, body))
		return nil
	}
	if err := sign(req.Request); err != nil {
		return err
	}
	res, err := s.client(sign).Do(req)
	if err != nil {
		return plain(ctx, err)
	}
	defer func() { _ = res.Body.Close() }()
	_, _ = io.CopyN(io.Discard, res.Body, maxReply) // what is not read is not needed
	if res.StatusCode/100 != 2 {
		return &StatusError{res.StatusCode}
	}
	return nil
}
