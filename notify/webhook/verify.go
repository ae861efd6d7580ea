package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What is wrong with a request, to be matched with [errors.Is].
var (
	ErrMalformed = errors.New("id, timestamp, signature or body are missing or not in their form")
	ErrSignature = errors.New("the signature is of none of the keys")
	ErrReplay    = errors.New("the timestamp is not within the window of now")
	ErrTooLarge  = errors.New("the body is too large")
	ErrVersion   = errors.New("the body has a form that this version does not know")
)

const (
	defaultWindow  = 5 * time.Minute
	defaultMaxBody = 1 << 20
	maxSignatures  = 16
)

// Verifier is the receiver's side. Keys are required; the zero value of everything else
// works. It is safe for concurrent use as long as its fields are not changed.
type Verifier struct {
	Keys    []Key            // any of them may have signed: while a key is changed there are two
	Window  time.Duration    // how far a timestamp may be from now, either way; 0: 5 minutes
	MaxBody int64            // bytes; 0: 1 MiB
	Now     func() time.Time // nil: time.Now
}

// Verify reports who a request is from and when it was sent: nil is a sender with one of
// the keys, within the window. It says nothing of an id that came before; a receiver
// remembers these, for longer than the window where it can.
func (v Verifier) Verify(h http.Header, body []byte) error {
	if rule := checkKeys(v.Keys); rule != "" {
		return &InvalidConfigError{"Verifier.Keys", rule}
	}
	id, stamp := h.Get(HeaderID), h.Get(HeaderTimestamp)
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	given := strings.Fields(h.Get(HeaderSignature))
	if id == "" || err != nil || len(given) == 0 || len(given) > maxSignatures {
		return fmt.Errorf("webhook: verify a request: %w", ErrMalformed)
	}
	if !v.signed(given, id, stamp, body) {
		return fmt.Errorf("webhook: verify a request: %w", ErrSignature)
	}
	if age := v.now().Sub(time.Unix(seconds, 0)); age.Abs() > v.window() {
		return fmt.Errorf("webhook: verify a request: %w", ErrReplay)
	}
	return nil
}

// signed compares in constant time, each signature with that of each key.
func (v Verifier) signed(given []string, id, stamp string, body []byte) bool {
	want := make([][]byte, len(v.Keys))
	for i, k := range v.Keys {
		want[i] = k.sign(id, stamp, body)
	}
	ok := false
	for _, g := range given {
		text, known := strings.CutPrefix(g, signature)
		mac, err := base64.StdEncoding.DecodeString(text)
		if !known || err != nil {
			continue // of a scheme to come
		}
		for _, w := range want {
			ok = hmac.Equal(mac, w) || ok
		}
	}
	return ok
}

func (v Verifier) now() time.Time {
	if v.Now != nil {
		return v.Now()
	}
	return time.Now()
}

func (v Verifier) window() time.Duration {
	if v.Window > 0 {
		return v.Window
	}
	return defaultWindow
}

func (v Verifier) maxBody() int64 {
	if v.MaxBody > 0 {
		return v.MaxBody
	}
	return defaultMaxBody
}

// Handler lets requests through to next that are verified: with their body, which next
// may read again, and their [Message], see [FromContext]. Others get 405, 413, 401 (no
// key of ours, or not of now) or 400, and a text without details.
func (v Verifier) Handler(next http.Handler) http.Handler {
	v.Keys = slices.Clone(v.Keys)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			http.Error(w, "webhooks are posted", http.StatusMethodNotAllowed)
			return
		}
		m, body, err := v.read(w, r)
		if err != nil {
			status := statusOf(err)
			http.Error(w, http.StatusText(status), status)
			return
		}
		r = r.WithContext(context.WithValue(r.Context(), messageKey{}, m))
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, r)
	})
}

func (v Verifier) read(w http.ResponseWriter, r *http.Request) (Message, []byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, v.maxBody()))
	if err != nil {
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			return Message{}, nil, fmt.Errorf("webhook: read a request: %w", ErrTooLarge)
		}
		return Message{}, nil, fmt.Errorf("webhook: read a request: %w", ErrMalformed)
	}
	if err := v.Verify(r.Header, body); err != nil {
		return Message{}, nil, err
	}
	m, err := ParseMessage(body)
	if err == nil && m.Notice != r.Header.Get(HeaderID) {
		err = fmt.Errorf("webhook: body and header have two ids: %w", ErrMalformed)
	}
	return m, body, err
}

func statusOf(err error) int {
	switch {
	case errors.Is(err, ErrTooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, ErrSignature), errors.Is(err, ErrReplay):
		return http.StatusUnauthorized
	case errors.Is(err, ErrMalformed), errors.Is(err, ErrVersion):
		return http.StatusBadRequest
	}
	return http.StatusInternalServerError // a Verifier without keys
}

type messageKey struct{}

// FromContext is the message of a request that a [Verifier.Handler] let through.
func FromContext(ctx context.Context) (Message, bool) {
	m, ok := ctx.Value(messageKey{}).(Message)
	return m, ok
}
