package alarmcom_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
)

// brokenTransport panics until it is mended.
type brokenTransport struct{ mended atomic.Bool }

func (b *brokenTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if !b.mended.Load() {
		panic("transport")
	}
	return new(http.Transport).RoundTrip(r)
}

// The host's functions in the configuration panic within a call of the source
// (fault 47): the record or the run fails, and the source works on, whatever it
// held at that moment.
func TestHostCode_panics(t *testing.T) {
	t.Parallel()
	var classify, credentials, transport brokenTransport
	for name, tt := range map[string]struct {
		broken *brokenTransport
		change func(*alarmcom.Config)
		failed int // records; -1: the run
	}{
		"ClassifyFault": {&classify, func(c *alarmcom.Config) {
			c.ClassifyFault = func(alarmcom.Fault) error {
				if !classify.mended.Load() {
					panic("classify")
				}
				return nil
			}
		}, 1},
		"CredentialProvider": {&credentials, func(c *alarmcom.Config) {
			given := c.Credentials
			c.Credentials = alarmcom.Credentials{}
			c.CredentialProvider = func(context.Context) (alarmcom.Credentials, error) {
				if !credentials.mended.Load() {
					panic("credentials")
				}
				return given, nil
			}
		}, -1},
		"Transport": {&transport, func(c *alarmcom.Config) { c.Transport = &transport }, -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t, smallDealer())
			if name == "ClassifyFault" {
				srv.Fail(func(op string, _, n int) *alarmcomtest.Reply {
					if op == infoOp && !tt.broken.mended.Load() && n == 1 {
						return &alarmcomtest.Reply{Fault: &alarmcomtest.Fault{Text: "?"}}
					}
					return nil
				})
			}
			imp, err := adcimport.New(adcimport.Config{
				Link: "isp-1", Source: newSource(t, srv, tt.change), Sink: &adcimporttest.Sink{}, Store: new(adcimport.MemoryStore),
			})
			if err != nil {
				t.Fatal(err)
			}
			for i := range 30 { // more often than requests may be in flight
				s, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
				if tt.failed < 0 && (err == nil || !strings.Contains(err.Error(), "panic in Source.Check")) {
					t.Fatal(s, err)
				}
				if tt.failed >= 0 && (err != nil || s.Counts.Failed != tt.failed && i == 0) {
					t.Fatal(s, err)
				}
			}
			tt.broken.mended.Store(true)
			s, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
			if err != nil || s.Status != adcimport.StatusCompleted {
				t.Fatal(s, err)
			}
			if diff := cmp.Diff(0, s.Counts.Failed); diff != "" {
				t.Errorf("failed (-want +got):\n%s", diff)
			}
		})
	}
}
