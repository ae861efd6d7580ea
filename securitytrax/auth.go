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
	"github.com/securitytrax/adcimport/internal/guard"
	"github.com/securitytrax/adcimport/internal/jsonbound"
	"github.com/securitytrax/adcimport/internal/service"
)

const (
	tokenLifetime = 10 * time.Minute // assumed: the API's description says so, no reply does
	tokenMargin   = time.Minute      // a token is renewed so long before its end
	refusalHold   = time.Minute      // credentials that were refused are not tried again for so long, lest the login is locked
	maxTokenBytes = 8 << 10
)

// grant is what a request is sent with: the host's credentials, and the token that
// they were worth. The zero value is none.
type grant struct {
	login login
	token string
}

// tokens hands out the token of a login, or the personal access token. One
// caller at a time asks for a new one, the others wait for it. Tokens are in
// closures, which no printer looks into.
type tokens struct {
	provider func(context.Context) (Credentials, error)
	ask      func(context.Context, login) (string, error)

	lock      chan struct{} // of one: a mutex that a context can leave
	of        Credentials   // whose all below is
	value     func() string // nil: none
	got       time.Time
	refused   error
	refusedAt time.Time
}

// credentials asks the host.
func (t *tokens) credentials(ctx context.Context) (login, error) {
	var given Credentials
	var err error
	if panicked := guard.Call("securitytrax.Config.CredentialProvider", func() { given, err = t.provider(ctx) }); panicked != nil {
		err = panicked
	}
	if err == nil {
		err = given.login().check()
	}
	if err != nil {
		return login{}, fmt.Errorf("securitytrax: credentials: %w", err)
	}
	return given.login(), nil
}

// get returns a grant with a token other than that of stale, which the service
// refused; the zero grant refuses none.
func (t *tokens) get(ctx context.Context, stale grant) (grant, error) {
	l, err := t.credentials(ctx)
	if err != nil {
		return grant{}, err
	}
	if l.token != "" {
		return grant{l, l.token}, nil
	}
	select {
	case t.lock <- struct{}{}:
		defer func() { <-t.lock }()
	case <-ctx.Done():
		return grant{}, context.Cause(ctx)
	}
	if l != t.of.login() { // they changed, or changed back while this one waited
		if l, err = t.credentials(ctx); err != nil {
			return grant{}, err
		}
		t.begin(l)
	}
	if l.token != "" {
		return grant{l, l.token}, nil
	}
	if t.value != nil && t.value() != stale.token && time.Since(t.got) < tokenLifetime-tokenMargin {
		return grant{l, t.value()}, nil
	}
	if t.refused != nil && time.Since(t.refusedAt) < refusalHold {
		return grant{}, t.refused
	}
	return t.renew(ctx, l)
}

// begin forgets what was another login's.
func (t *tokens) begin(l login) {
	if t.of.login() != l {
		t.of, t.value, t.refused = hide(l), nil, nil
	}
}

// renew asks for a token. It may have waited for its turn while the login was
// changed: one that is refused then is not tried again, and the new one is.
func (t *tokens) renew(ctx context.Context, l login) (grant, error) {
	g, err := t.renewOnce(ctx, l)
	if !errors.Is(err, adcimport.ErrAuth) {
		return g, err
	}
	now, unknown := t.credentials(ctx)
	switch {
	case unknown != nil || now == l:
		return grant{}, err
	case now.token != "":
		return grant{now, now.token}, nil
	}
	t.begin(now)
	return t.renewOnce(ctx, now)
}

func (t *tokens) renewOnce(ctx context.Context, l login) (grant, error) {
	asked := time.Now()
	value, err := t.ask(ctx, l)
	if errors.Is(err, adcimport.ErrAuth) {
		t.refused, t.refusedAt = err, time.Now()
	}
	if err != nil {
		return grant{}, err
	}
	t.value, t.got, t.refused = func() string { return value }, asked, nil
	return grant{l, value}, nil
}

// renewable reports whether there is another token than one that was refused: of a
// login always, else where the host has other credentials by now.
func (t *tokens) renewable(ctx context.Context, used grant) bool {
	if used.login.token == "" {
		return true
	}
	now, err := t.credentials(ctx)
	return err == nil && now != used.login
}

const opAuthenticate = "authenticate"

// authenticate asks for a token. It creates nothing, so it may be repeated when
// there was no reply.
func (c *client) authenticate(ctx context.Context, l login) (string, error) {
	body, err := json.Marshal(map[string]string{"username": l.username, "password": l.password})
	if err != nil {
		return "", fmt.Errorf("encode credentials: %w", errBrokenExchange)
	}
	var token string
	r, err := c.repeatable(ctx, request{
		op: opAuthenticate, method: http.MethodPost, url: c.url("authenticate"), body: body, grant: grant{login: l},
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
		len(reply.Token) > maxTokenBytes || !service.HeaderSafe(reply.Token) {
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
	if errors.Is(e.Err, errPage) && r.status != http.StatusNotFound {
		return e
	}
	switch r.status {
	case http.StatusBadRequest, http.StatusForbidden, http.StatusUnprocessableEntity:
		e.Err = adcimport.ErrAuth
	case http.StatusNotFound:
		e.Err = service.NotLinked(errNoProfile)
	}
	return e
}
