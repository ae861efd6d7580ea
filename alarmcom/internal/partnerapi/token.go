package partnerapi

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom/internal/call"
)

// maxReply bounds a reply of the token address, in bytes.
const maxReply = 1 << 20

// maxTokenMargin is how long before its end, at most, a token is not used any
// more.
const maxTokenMargin = 30 * time.Second

// token is the access token that all calls share. One call asks for it
// and the others wait for its reply, also for a refusal: a login that is
// refused must not be tried by every worker.
type token struct {
	turn chan struct{} // holds one: whoever may look and ask
	ttl  time.Duration // how long a failure holds

	value   func() string // a closure, which no printer looks into; nil: none
	expires time.Time     // zero: not told, good until it is refused
	err     error
	retry   time.Time // err holds until then
}

func (t *token) init(ttl time.Duration) { t.turn, t.ttl = make(chan struct{}, 1), ttl }

// get returns a token other than the one that was refused; empty: none was.
func (t *token) get(ctx context.Context, refused string, ask func(context.Context) (tokenReply, error)) (string, error) {
	select {
	case t.turn <- struct{}{}:
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	defer func() { <-t.turn }()
	now := time.Now()
	if t.value != nil && t.value() != refused && (t.expires.IsZero() || now.Before(t.expires)) {
		return t.value(), nil
	}
	if t.err != nil && now.Before(t.retry) {
		return "", t.err
	}
	reply, err := ask(ctx)
	if err != nil && ctx.Err() != nil {
		return "", err // only this caller gave up
	}
	t.value, t.expires, t.err, t.retry = nil, time.Time{}, err, time.Now().Add(t.ttl)
	if reply.text != "" {
		t.value = func() string { return reply.text }
	}
	if reply.life > 0 {
		t.expires = now.Add(reply.life - min(maxTokenMargin, reply.life/10))
	}
	return reply.text, err
}

// tokenReply is the reply to a password grant (RFC 6749, 4.3.3).
type tokenReply struct {
	text string
	life time.Duration // 0: not told
}

var errBadToken = errors.New("the reply has no usable access_token")

// askToken logs in. A failure that the service reports is one of the login, as
// far as can be told, and it always concerns the whole account.
func (a *API) askToken(ctx context.Context) (tokenReply, error) {
	login, err := a.client.Login(ctx, opToken)
	if err != nil {
		return tokenReply{}, err
	}
	form := url.Values{
		"grant_type": {"password"}, "client_id": {login.ClientID},
		"username": {login.User}, "password": {login.Password},
	}
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Accept": {"application/json"}}
	var reply tokenReply
	c := &call.Call{Client: a.client, Op: opToken}
	c.Read = func(r io.Reader) (err error) {
		reply, err = readToken(c, r)
		return err
	}
	if err := c.Send(ctx, http.MethodPost, a.cfg.TokenURL, header, []byte(form.Encode())); err != nil {
		return tokenReply{}, call.OfTheAccount(call.LoginFailure(err))
	}
	return reply, nil
}

func readToken(c *call.Call, r io.Reader) (tokenReply, error) {
	reply, err := readJSON(r, c.Client.Bytes(maxReply), nil)
	if err != nil {
		return tokenReply{}, c.Failed(err)
	}
	get := func(name string) string {
		switch v := foldedMember(reply.object, name).(type) {
		case string:
			return v
		case json.Number:
			return v.String()
		}
		return ""
	}
	if code := get("error"); code != "" {
		return tokenReply{}, c.Reported(code, get("error_description"))
	}
	if message := get("message"); message != "" && get("access_token") == "" {
		return tokenReply{}, c.Reported(call.MessageCode, message)
	}
	text := get("access_token")
	if !isToken(text) || c.Status != http.StatusOK {
		return tokenReply{}, c.Failed(errBadToken)
	}
	// 0, garbage and more than a century are no life that was told.
	life, err := strconv.ParseInt(get("expires_in"), 10, 32)
	if err != nil || life < 0 {
		life = 0
	}
	return tokenReply{text: text, life: time.Duration(life) * time.Second}, nil
}

// isToken reports whether a text can stand in a header as a token.
func isToken(s string) bool {
	for _, b := range []byte(s) {
		if b <= ' ' || b > '~' {
			return false
		}
	}
	return s != ""
}

// tokenRefused reports whether a call failed of its token alone.
func tokenRefused(err error) bool {
	var e *call.Failure
	return errors.As(err, &e) && e.Status == http.StatusUnauthorized && e.Fault == nil && errors.Is(e.Err, adcimport.ErrAuth)
}
