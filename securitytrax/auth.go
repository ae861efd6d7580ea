package securitytrax

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/jsonbound"
)

const (
	tokenLifetime = 10 * time.Minute // [A]
	tokenMargin   = time.Minute      // a token is renewed so long before its end
	refusalHold   = time.Minute      // credentials that were refused are not tried again for so long, lest the login is locked
	maxTokenBytes = 8 << 10
)

// tokens hands out the token of a login, or the personal access token. One
// caller at a time asks for a new one, the others wait for it. Tokens are in
// closures, which no printer looks into.
type tokens struct {
	fixed func() string // the personal access token; nil: none
	login func(context.Context) (string, error)

	lock      chan struct{} // of one: a mutex that a context can leave
	value     func() string // nil: none
	got       time.Time
	refused   error
	refusedAt time.Time
}

// get answers a token other than stale, which the service refused; "" is none.
func (t *tokens) get(ctx context.Context, stale string) (string, error) {
	if t.fixed != nil {
		return t.fixed(), nil
	}
	select {
	case t.lock <- struct{}{}:
		defer func() { <-t.lock }()
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	if t.value != nil && t.value() != stale && time.Since(t.got) < tokenLifetime-tokenMargin {
		return t.value(), nil
	}
	if t.refused != nil && time.Since(t.refusedAt) < refusalHold {
		return "", t.refused
	}
	return t.renew(ctx)
}

func (t *tokens) renew(ctx context.Context) (string, error) {
	asked := time.Now()
	value, err := t.login(ctx)
	if errors.Is(err, adcimport.ErrAuth) {
		t.refused, t.refusedAt = err, time.Now()
	}
	if err != nil {
		return "", err
	}
	t.value, t.got, t.refused = func() string { return value }, asked, nil
	return value, nil
}

// renewable reports whether another token can be had when one is refused.
func (t *tokens) renewable() bool { return t.fixed == nil }

const opAuthenticate = "authenticate"

// authenticate asks for a token (FACTS "Base, authentication, headers"). It
// creates nothing, so it may be repeated when there was no answer.
func (c *client) authenticate(ctx context.Context) (string, error) {
	login := c.secrets()
	body, err := json.Marshal(map[string]string{"username": login.username, "password": login.password})
	if err != nil {
		return "", fmt.Errorf("encode credentials: %w", errBrokenExchange)
	}
	var token string
	r, err := c.repeatable(ctx, request{
		op: opAuthenticate, method: http.MethodPost, url: c.url("authenticate"), body: body,
		accept: func(b []byte) error { token = readToken(b); return tokenError(token) },
	})
	if err != nil {
		return "", err
	}
	if r.status == http.StatusOK || r.status == http.StatusCreated {
		c.cfg.Logger.LogAttrs(ctx, slog.LevelDebug, "securitytrax token renewed")
		return token, nil
	}
	return "", authError(r)
}

func readToken(body []byte) string {
	var reply struct {
		Token string `json:"token"`
	}
	if jsonbound.Check(body, jsonbound.Limits{Depth: 64, ItemParts: 1000}) != nil || json.Unmarshal(body, &reply) != nil ||
		len(reply.Token) > maxTokenBytes || !headerSafe(reply.Token) {
		return ""
	}
	return reply.Token
}

func tokenError(token string) error {
	if token == "" {
		return errBrokenReply
	}
	return nil
}

// authError tells credentials that were refused from an account that is not
// there and from a service that is out of order.
func authError(r reply) error {
	e := replyError(opAuthenticate, "", r)
	switch r.status {
	case http.StatusBadRequest, http.StatusForbidden, http.StatusUnprocessableEntity:
		e.Err = adcimport.ErrAuth
	case http.StatusNotFound:
		e.Err = adcimport.ErrNotLinked
	}
	return e
}
