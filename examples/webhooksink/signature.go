package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"time"
)

// Headers of a signed request. Idempotency-Key is of creates only.
const (
	headerTimestamp = "Adcimport-Timestamp" // seconds since 1970
	headerSignature = "Adcimport-Signature" // "v1=" and hex
	headerKey       = "Idempotency-Key"
)

// tolerance is how far a request's time may be from the receiver's. Within it
// the idempotency key makes a replayed create harmless.
const tolerance = 5 * time.Minute

// Sign sets the time and the signature of a request: the HMAC-SHA256, under the
// secret that both ends share, of time, method, path, idempotency key and body,
// a line each.
func Sign(req *http.Request, body, secret []byte, now time.Time) {
	req.Header.Set(headerTimestamp, strconv.FormatInt(now.Unix(), 10))
	req.Header.Set(headerSignature, "v1="+hex.EncodeToString(signature(req, body, secret)))
}

// Verify tells whether a request was signed with the secret, not long ago. A
// receiver calls it before it looks at the body.
func Verify(req *http.Request, body, secret []byte, now time.Time) error {
	seconds, err := strconv.ParseInt(req.Header.Get(headerTimestamp), 10, 64)
	if err != nil {
		return errors.New("no timestamp")
	}
	if age := now.Sub(time.Unix(seconds, 0)); age > tolerance || age < -tolerance {
		return errors.New("the timestamp is not of now")
	}
	given, err := hex.DecodeString(trimVersion(req.Header.Get(headerSignature)))
	if err != nil || len(secret) == 0 || !hmac.Equal(given, signature(req, body, secret)) {
		return errors.New("the signature is wrong")
	}
	return nil
}

func trimVersion(header string) string {
	const version = "v1="
	if len(header) < len(version) || header[:len(version)] != version {
		return "none" // which is no hex
	}
	return header[len(version):]
}

func signature(req *http.Request, body, secret []byte) []byte {
	mac := hmac.New(sha256.New, secret)
	for _, part := range []string{req.Header.Get(headerTimestamp), req.Method, req.URL.EscapedPath(), req.Header.Get(headerKey)} {
		mac.Write([]byte(part + "\n"))
	}
	mac.Write(body)
	return mac.Sum(nil)
}
