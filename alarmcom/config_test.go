package alarmcom_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom"
)

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	good := alarmcom.NewCredentials("u", "p")
	provider := func(context.Context) (alarmcom.Credentials, error) { return good, nil }
	for name, test := range map[string]struct {
		cfg   alarmcom.Config
		field string // empty: accepted
	}{
		"zero but credentials": {alarmcom.Config{Credentials: good}, ""},
		"provider":             {alarmcom.Config{CredentialProvider: provider}, ""},
		"loopback":             {alarmcom.Config{Credentials: good, BaseURL: "http://[::1]:8080/WebServices/"}, ""},
		"localhost":            {alarmcom.Config{Credentials: good, BaseURL: "http://localhost:8080"}, ""},
		"zero":                 {alarmcom.Config{}, "Credentials"},
		"no password":          {alarmcom.Config{Credentials: alarmcom.NewCredentials("u", "")}, "Credentials"},
		"both":                 {alarmcom.Config{Credentials: good, CredentialProvider: provider}, "Credentials"},
		"http":                 {alarmcom.Config{Credentials: good, BaseURL: "http://alarmadmin.alarm.com/WebServices"}, "BaseURL"},
		"relative":             {alarmcom.Config{Credentials: good, BaseURL: "alarmadmin.alarm.com"}, "BaseURL"},
		"user in URL":          {alarmcom.Config{Credentials: good, BaseURL: "https://a:secret@example.com"}, "BaseURL"},
		"query in URL":         {alarmcom.Config{Credentials: good, BaseURL: "https://example.com?secret"}, "BaseURL"},
		"no URL":               {alarmcom.Config{Credentials: good, BaseURL: "https://secret%zz"}, "BaseURL"},
		"no user":              {alarmcom.Config{Credentials: alarmcom.NewCredentials("", "secret")}, "Credentials"},
		"device alone":         {alarmcom.Config{Credentials: alarmcom.Credentials{}.WithTwoFactorDevice("secret")}, "Credentials"},
		"no client id":         {alarmcom.Config{Credentials: good, Partner: &alarmcom.PartnerConfig{}}, "Credentials"},
		"client id":            {alarmcom.Config{Credentials: good.WithPartnerClient("c"), Partner: &alarmcom.PartnerConfig{}}, ""},
		"partner over http": {alarmcom.Config{
			Credentials: good.WithPartnerClient("c"), Partner: &alarmcom.PartnerConfig{TokenURL: "http://h/t"},
		}, "Partner.TokenURL"},
		"query mark":           {alarmcom.Config{Credentials: good, BaseURL: "https://example.com/?"}, "BaseURL"},
		"port without host":    {alarmcom.Config{Credentials: good, BaseURL: "https://:443/x"}, "BaseURL"},
		"no limit of the rate": {alarmcom.Config{Credentials: good, RequestsPerSecond: -1}, ""},
		"rate is no number":    {alarmcom.Config{Credentials: good, RequestsPerSecond: math.NaN()}, "RequestsPerSecond"},
		"endless rate":         {alarmcom.Config{Credentials: good, RequestsPerSecond: math.Inf(1)}, "RequestsPerSecond"},
		"burst":                {alarmcom.Config{Credentials: good, Burst: -1}, "Burst"},
		"no retries":           {alarmcom.Config{Credentials: good, MaxRetries: -2}, ""},
		"timeout":              {alarmcom.Config{Credentials: good, Timeout: -1}, "Timeout"},
		"bytes":                {alarmcom.Config{Credentials: good, MaxResponseBytes: -1}, "MaxResponseBytes"},
		"page size":            {alarmcom.Config{Credentials: good, PageSize: -1}, "PageSize"},
		"probe":                {alarmcom.Config{Credentials: good, ProbeTTL: -1}, "ProbeTTL"},
		"probe of 5":           {alarmcom.Config{Credentials: good, ProbeTTL: 5}, "ProbeTTL"},
		"fault 64, user":       {alarmcom.Config{Credentials: alarmcom.NewCredentials("secret\n", "p")}, "Credentials"},
		"fault 64, password":   {alarmcom.Config{Credentials: alarmcom.NewCredentials("u", "secret\r\n")}, "Credentials"},
		"fault 64, tab":        {alarmcom.Config{Credentials: alarmcom.NewCredentials("u", "secret\t")}, "Credentials"},
		"fault 64, Unicode":    {alarmcom.Config{Credentials: alarmcom.NewCredentials("u", "secret\u2028")}, "Credentials"},
		"fault 64, no text":    {alarmcom.Config{Credentials: alarmcom.NewCredentials("u", "secret\xff")}, "Credentials"},
		"fault 64, device":     {alarmcom.Config{Credentials: good.WithTwoFactorDevice("secret\n")}, "Credentials"},
		"fault 64, client":     {alarmcom.Config{Credentials: good.WithPartnerClient("secret\n")}, "Credentials"},
		"fault 64, no fault":   {alarmcom.Config{Credentials: alarmcom.NewCredentials("jörg o'neil", ` p "ä" `)}, ""},
		"user agent":           {alarmcom.Config{Credentials: good, UserAgent: "a\r\nb"}, "UserAgent"},
		"caller version":       {alarmcom.Config{Credentials: good, Assumptions: alarmcom.Assumptions{CallerVersion: -1}}, "Assumptions.CallerVersion"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			src, err := alarmcom.New(test.cfg)
			if test.field == "" {
				if err != nil || src == nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			var invalid *adcimport.InvalidOptionsError
			if !errors.As(err, &invalid) || invalid.Field != "alarmcom.Config."+test.field || src != nil {
				t.Fatalf("error %v, want one of %s", err, test.field)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the error has the value: %v", err)
			}
		})
	}
}
