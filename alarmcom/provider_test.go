package alarmcom_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
)

// What a provider gives may be nothing or lack something: nothing is sent, and the
// error says what is missing, without a value (fault 69: credentials that rotate).
func TestFault69_providersThatGiveTooLittle(t *testing.T) {
	t.Parallel()
	for name, given := range map[string]alarmcom.Credentials{
		"none":        {},
		"no password": alarmcom.NewCredentials(marked, ""),
		"no user":     alarmcom.NewCredentials("", marked),
		"no client":   alarmcom.NewCredentials(marked, marked).WithPartnerClient(""),
	} {
		for way, change := range transports(newServer(t, nil)) {
			if name == "no client" && way == "SOAP" {
				continue // it needs none
			}
			t.Run(name+" over "+way, func(t *testing.T) {
				t.Parallel()
				srv := newServer(t, smallDealer())
				src := newSource(t, srv, change, func(c *alarmcom.Config) {
					c.Credentials = alarmcom.Credentials{}
					c.CredentialProvider = func(context.Context) (alarmcom.Credentials, error) { return given, nil }
				})
				err := src.Check(t.Context())
				invalid, ok := errors.AsType[*adcimport.InvalidOptionsError](err)
				if !ok || invalid.Field != "alarmcom.Config.Credentials" || strings.Contains(fmt.Sprint(err), marked) {
					t.Errorf("error %v, want one of Credentials", err)
				}
				if n := len(srv.Requests()); n > 0 {
					t.Errorf("%d requests were sent", n)
				}
			})
		}
	}
}

// Copies of Credentials are apart: a constructor's result is never changed.
func TestCredentials_areValues(t *testing.T) {
	t.Parallel()
	srv := newServer(t, smallDealer(), alarmcomtest.WithTwoFactorDevice("d"))
	plain := login(alarmcomtest.DefaultPassword)
	trusted := plain.WithTwoFactorDevice("d")
	_ = trusted.WithTwoFactorDevice("other").WithPartnerClient("other")
	got := map[string]bool{}
	for name, given := range map[string]alarmcom.Credentials{"plain": plain, "trusted": trusted} {
		src := newSource(t, srv, func(c *alarmcom.Config) { c.Credentials = given })
		got[name] = src.Check(t.Context()) == nil
	}
	if diff := cmp.Diff(map[string]bool{"plain": false, "trusted": true}, got); diff != "" {
		t.Errorf("logins that work (-want +got):\n%s", diff)
	}
	if (alarmcom.Credentials{}).IsZero() != true || plain.IsZero() {
		t.Error("IsZero is wrong")
	}
}
