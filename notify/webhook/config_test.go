package webhook_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/notify/webhook"
)

// nobody is a source and a sink of nobody.
type nobody struct{}

func (nobody) Customers(context.Context, adcimport.CustomerFilter, adcimport.Cursor) iter.Seq2[adcimport.Page[adcimport.Customer], error] {
	return func(yield func(adcimport.Page[adcimport.Customer], error) bool) {
		yield(adcimport.Page[adcimport.Customer]{}, nil)
	}
}

func (nobody) Users(context.Context, adcimport.UserFilter, adcimport.Cursor) iter.Seq2[adcimport.Page[adcimport.User], error] {
	return func(func(adcimport.Page[adcimport.User], error) bool) {}
}

func (nobody) FindCustomers(context.Context, []adcimport.CustomerKey) (map[string][]string, error) {
	return nil, nil
}

func (nobody) CreateCustomers(context.Context, []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
	return nil, nil
}

func (nobody) FindUsers(context.Context, []adcimport.UserKey) (map[string][]string, error) {
	return nil, nil
}

func (nobody) CreateUsers(context.Context, []adcimport.UserRecord) ([]adcimport.WriteResult, error) {
	return nil, nil
}

func TestNew_refuses(t *testing.T) {
	t.Parallel()
	good := webhook.Config{URL: "https://example.com/hook", Keys: []webhook.Key{key(t, secretText)}}
	for name, tt := range map[string]struct {
		change func(*webhook.Config)
		field  string
	}{
		"nothing":       {func(*webhook.Config) {}, ""},
		"plain allowed": {func(c *webhook.Config) { c.URL, c.AllowPlain = "http://10.0.0.1/", true }, ""},
		"no URL":        {func(c *webhook.Config) { c.URL = "" }, "Config.URL"},
		"no address":    {func(c *webhook.Config) { c.URL = "::" }, "Config.URL"},
		"plain":         {func(c *webhook.Config) { c.URL = "http://example.com/" }, "Config.URL"},
		"scheme":        {func(c *webhook.Config) { c.URL, c.AllowPlain = "ftp://example.com/", true }, "Config.URL"},
		"no host":       {func(c *webhook.Config) { c.URL = "https:///hook" }, "Config.URL"},
		"password":      {func(c *webhook.Config) { c.URL = "https://u:p@example.com/" }, "Config.URL"},
		"fragment":      {func(c *webhook.Config) { c.URL += "#x" }, "Config.URL"},
		"no keys":       {func(c *webhook.Config) { c.Keys = nil }, "Config.Keys"},
		"zero key":      {func(c *webhook.Config) { c.Keys = append([]webhook.Key{{}}, c.Keys...) }, "Config.Keys"},
		"retries":       {func(c *webhook.Config) { c.Retries = 11 }, "Config.Retries"},
		"timeout":       {func(c *webhook.Config) { c.Timeout = -1 }, "Config.Timeout"},
		"wait":          {func(c *webhook.Config) { c.RetryWait = time.Minute }, "Config.RetryWait"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := good
			tt.change(&cfg)
			_, err := webhook.New(cfg)
			invalid, _ := errors.AsType[*webhook.InvalidConfigError](err)
			if tt.field == "" && err != nil || tt.field != "" && (invalid == nil || invalid.Field != tt.field) {
				t.Errorf("got %v, want %q", err, tt.field)
			}
		})
	}
	if err := (webhook.Verifier{}).Verify(nil, nil); err == nil || !strings.Contains(err.Error(), "Verifier.Keys") {
		t.Errorf("a verifier without keys: %v", err)
	}
}

func TestKey_forms(t *testing.T) {
	t.Parallel()
	for text, ok := range map[string]bool{
		"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw": true,
		"whsec_c2hvcnQ=":                         false,
		"whsec_***":                              false,
		"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw":       false,
		"":                                       false,
	} {
		k, err := webhook.ParseKey(text)
		if (err == nil) != ok || k.IsZero() == ok {
			t.Errorf("%q: %v", text, err)
		}
		if err != nil && len(text) > 6 && strings.Contains(err.Error(), text[6:]) {
			t.Errorf("the error quotes the secret: %v", err)
		}
	}
	if _, err := webhook.NewKey([]byte("short")); err == nil {
		t.Error("a short secret is taken")
	}
}

// Neither key, config nor notifier print a secret, or the path of the address.
func TestSecretsPrintNowhere(t *testing.T) {
	t.Parallel()
	k := key(t, secretText)
	cfg := webhook.Config{URL: "https://example.com/hidden-path", Keys: []webhook.Key{k}}
	n, err := webhook.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	type wrapped struct {
		k webhook.Key
		n *webhook.Notifier
	}
	v := webhook.Verifier{Keys: []webhook.Key{k}}
	var out strings.Builder
	log := slog.New(slog.NewJSONHandler(&out, nil))
	for _, value := range []any{k, &k, []webhook.Key{k}, cfg, &cfg, n, *n, v, wrapped{k, n}, map[string]any{"k": k, "c": cfg}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X"} {
			fmt.Fprintf(&out, verb, value)
		}
		log.Info("value", slog.Any("value", value))
		if data, err := json.Marshal(value); err == nil {
			out.Write(data)
		}
	}
	for _, secret := range []string{secretText, "hidden-path", fmt.Sprintf("%x", secretText), fmt.Sprintf("%d", []byte(secretText))[1:20]} {
		if strings.Contains(strings.ToLower(out.String()), strings.ToLower(secret)) {
			t.Errorf("%q is printed", secret)
		}
	}
	if diff := cmp.Diff(`webhook.Config{Name: "", host: "example.com", keys: 1}`, fmt.Sprint(cfg)); diff != "" {
		t.Error(diff)
	}
}
