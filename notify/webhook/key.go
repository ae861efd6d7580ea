package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

const (
	minSecret = 24 // bytes
	keyPrefix = "whsec_"
	signature = "v1," // what a signature begins with, before base64
)

// Key is a secret that both ends share. Make it with [NewKey] or [ParseKey]; the zero
// value is none, and is refused.
//
// It is opaque: no printer, encoder or debugger finds the secret in it, wherever it is
// kept.
type Key struct {
	hidden func() []byte // a closure, which no printer looks into; nil: none
}

// NewKey is the key of a secret of 24 bytes or more, best random ones.
func NewKey(secret []byte) (Key, error) {
	if len(secret) < minSecret {
		return Key{}, fmt.Errorf("webhook: a secret has %d bytes or more, this one has %d", minSecret, len(secret))
	}
	own := append([]byte(nil), secret...)
	return Key{hidden: func() []byte { return own }}, nil
}

// ParseKey is the key of a secret in the form of Standard Webhooks: "whsec_" and base64.
func ParseKey(text string) (Key, error) {
	rest, ok := strings.CutPrefix(text, keyPrefix)
	if !ok {
		return Key{}, errors.New(`webhook: a secret as text begins with "whsec_"`)
	}
	secret, err := base64.StdEncoding.DecodeString(rest)
	if err != nil {
		return Key{}, errors.New(`webhook: a secret as text is "whsec_" and base64`) // err would quote it
	}
	return NewKey(secret)
}

// IsZero reports whether there is no secret.
func (k Key) IsZero() bool { return k.hidden == nil }

// sign is the signature of what is sent: id, time and body.
func (k Key) sign(id, timestamp string, body []byte) []byte {
	mac := hmac.New(sha256.New, k.hidden())
	_, _ = io.WriteString(mac, id+"."+timestamp+".") // a hash takes all
	_, _ = mac.Write(body)
	return mac.Sum(nil)
}

// signatures are the header of those of several keys.
func signatures(keys []Key, id, timestamp string, body []byte) string {
	list := make([]string, len(keys))
	for i, k := range keys {
		list[i] = signature + base64.StdEncoding.EncodeToString(k.sign(id, timestamp, body))
	}
	return strings.Join(list, " ")
}

const redacted = "webhook.Key(redacted)"

// Format prints a fixed text, whatever the verb.
func (Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// String returns a fixed text.
func (Key) String() string { return redacted }

// LogValue returns a fixed text.
func (Key) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns a fixed text, also in JSON.
func (Key) MarshalText() ([]byte, error) { return []byte(redacted), nil }
