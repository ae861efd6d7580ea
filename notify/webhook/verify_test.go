package webhook_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/securitytrax/adcimport/notify/webhook"
)

// The example of the Standard Webhooks specification verifies, so that other libraries
// and this one understand each other.
func TestVerify_standardWebhooks(t *testing.T) {
	t.Parallel()
	k, err := webhook.ParseKey("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	sent := time.Unix(1614265330, 0)
	const body = `{"test": 2432232314}`
	const good = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	other := key(t, strings.Repeat("another ", 4))
	for name, tt := range map[string]struct {
		keys      []webhook.Key
		id, stamp string
		signature string
		body      string
		later     time.Duration
		window    time.Duration
		want      error
	}{
		"good":              {signature: good},
		"one of two keys":   {keys: []webhook.Key{other, k}, signature: good},
		"one of signatures": {signature: "v1,AAAA v2,zzz " + good},
		"within the window": {signature: good, later: 5 * time.Minute},
		"a clock behind":    {signature: good, later: -5 * time.Minute},
		"too late":          {signature: good, later: 5*time.Minute + time.Second, want: webhook.ErrReplay},
		"too early":         {signature: good, later: -5*time.Minute - time.Second, want: webhook.ErrReplay},
		"a wider window":    {signature: good, later: -10 * time.Minute, window: 10 * time.Minute},
		"beyond it":         {signature: good, later: 10*time.Minute + time.Second, window: 10 * time.Minute, want: webhook.ErrReplay},
		"a narrow window":   {signature: good, later: 2 * time.Second, window: time.Second, want: webhook.ErrReplay},
		"within it":         {signature: good, later: time.Second, window: time.Second},
		"another key":       {keys: []webhook.Key{other}, signature: good, want: webhook.ErrSignature},
		"another body":      {signature: good, body: body + " ", want: webhook.ErrSignature},
		"another id":        {signature: good, id: "msg_other", want: webhook.ErrSignature},
		"another time":      {signature: good, stamp: "1614265331", want: webhook.ErrSignature},
		"no base64":         {signature: "v1,***", want: webhook.ErrSignature},
		"another scheme":    {signature: "v0,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", want: webhook.ErrSignature},
		"no signature":      {signature: "-", want: webhook.ErrMalformed},
		"no time":           {signature: good, stamp: "-", want: webhook.ErrMalformed},
		"no number":         {signature: good, stamp: "now", want: webhook.ErrMalformed},
		"no id":             {signature: good, id: "-", want: webhook.ErrMalformed},
		"as many as may be": {signature: strings.Repeat(good+" ", 16)},
		"many signatures":   {signature: strings.Repeat(good+" ", 17), want: webhook.ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := http.Header{}
			for name, v := range map[string]string{
				webhook.HeaderID:        or(tt.id, "msg_p5jXN8AQM9LWM0D4loKWxJek"),
				webhook.HeaderTimestamp: or(tt.stamp, "1614265330"),
				webhook.HeaderSignature: tt.signature,
			} {
				if v != "-" {
					h.Set(name, v)
				}
			}
			v := webhook.Verifier{Keys: tt.keys, Window: tt.window, Now: func() time.Time { return sent.Add(tt.later) }}
			if v.Keys == nil {
				v.Keys = []webhook.Key{k}
			}
			if err := v.Verify(h, []byte(or(tt.body, body))); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// A key is changed while both ends are up: the receiver has both for a time, or the
// sender signs with both.
func TestKeys_rotate(t *testing.T) {
	t.Parallel()
	before, after := key(t, secretText), key(t, strings.Repeat("another ", 4))
	for name, tt := range map[string]struct {
		sender, receiver []webhook.Key
		ok               bool
	}{
		"the receiver has both": {[]webhook.Key{before}, []webhook.Key{after, before}, true},
		"the sender has both":   {[]webhook.Key{after, before}, []webhook.Key{before}, true},
		"neither":               {[]webhook.Key{after}, []webhook.Key{before}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec := receive(t, webhook.Verifier{Keys: tt.receiver}, nil)
			err := sender(t, webhook.Config{URL: rec.URL, Keys: tt.sender}).Notify(t.Context(), summary())
			status, _ := errors.AsType[*webhook.StatusError](err)
			if (err == nil) != tt.ok || !tt.ok && status.Status != http.StatusUnauthorized {
				t.Errorf("got %v", err)
			}
		})
	}
}

// What is not posted by a sender of ours does not reach the handler.
func TestHandler_refuses(t *testing.T) {
	t.Parallel()
	k := key(t, secretText)
	signed := func(id, body string) *http.Request {
		var got *http.Request
		srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r }))
		defer srv.Close()
		s := summary()
		s.Notice = id
		if err := sender(t, webhook.Config{URL: srv.URL}).Notify(t.Context(), s); err != nil {
			t.Error(err)
		}
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header = got.Header
		return r
	}
	for name, tt := range map[string]struct {
		v      webhook.Verifier
		req    *http.Request
		status int
	}{
		"a GET":        {webhook.Verifier{Keys: []webhook.Key{k}}, httptest.NewRequest(http.MethodGet, "/", nil), 405},
		"no headers":   {webhook.Verifier{Keys: []webhook.Key{k}}, httptest.NewRequest(http.MethodPost, "/", strings.NewReader("{}")), 400},
		"another body": {webhook.Verifier{Keys: []webhook.Key{k}}, signed("a/1", "{}"), 401},
		"a large body": {webhook.Verifier{Keys: []webhook.Key{k}, MaxBody: 8}, signed("a/1", strings.Repeat("x", 9)), 413},
		"no keys":      {webhook.Verifier{}, signed("a/1", "{}"), 500},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := httptest.NewRecorder()
			tt.v.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was let through") })).ServeHTTP(w, tt.req)
			if w.Code != tt.status || strings.Contains(w.Body.String(), secretText) {
				t.Errorf("%d %s, want %d", w.Code, w.Body, tt.status)
			}
		})
	}
}

func TestParseMessage(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]error{
		`{"version":1,"notice":"a/1","of_tomorrow":true}`: nil,
		`{"version":2}`: webhook.ErrVersion,
		`{"version":`:   webhook.ErrMalformed,
		`[]`:            webhook.ErrMalformed,
	} {
		if _, err := webhook.ParseMessage([]byte(body)); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", body, err, want)
		}
	}
}

// FuzzVerify: no header makes the verifier panic, or take what was not signed.
func FuzzVerify(f *testing.F) {
	f.Add("run-1/4", "1614265330", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", []byte("{}"))
	f.Add("", "x", "v1, v1", []byte(nil))
	v := webhook.Verifier{Keys: []webhook.Key{key(f, secretText)}}
	f.Fuzz(func(t *testing.T, id, stamp, signature string, body []byte) {
		h := http.Header{}
		h.Set(webhook.HeaderID, id)
		h.Set(webhook.HeaderTimestamp, stamp)
		h.Set(webhook.HeaderSignature, signature)
		if err := v.Verify(h, body); err == nil {
			t.Error("it is taken")
		}
	})
}
