package main

import (
	"cmp"
	"flag"
	"fmt"
	"io"

	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// settings is what the caller decides.
type settings struct {
	fake     bool
	customer string // Alarm.com id; empty: the first that can be read
	values   bool   // show the customer's data instead of describing it
	samples  int    // details read for an assumption
	alarm    alarmcom.Config
	partner  *alarmcom.PartnerConfig // nil: it is not looked at
	crm      securitytrax.Config
}

const environment = `
Environment (no flags: those can be seen by everybody on the machine):
  ALARMCOM_USER, ALARMCOM_PASSWORD      a Partner Portal rep login
  ALARMCOM_URL                          as -alarmcom-url
  ALARMCOM_DEVICE_ID                    two-factor device id, if the login needs one
  ALARMCOM_PARTNER_CLIENT_ID            the PartnerApi is looked at, too
  SECURITYTRAX_URL                      as -securitytrax-url
  SECURITYTRAX_PROFILE                  the dealer's slug
  SECURITYTRAX_INTEGRATOR_KEY
  SECURITYTRAX_USERNAME, SECURITYTRAX_PASSWORD, or SECURITYTRAX_TOKEN
  SECURITYTRAX_ISP_ID                   the link
`

func readSettings(args []string, env func(string) string, usage io.Writer) (settings, error) {
	var s settings
	f := flag.NewFlagSet("doctor", flag.ContinueOnError)
	f.SetOutput(usage)
	f.Usage = func() {
		f.PrintDefaults()
		_, _ = io.WriteString(usage, environment) // there is nowhere else to say it
	}
	f.BoolVar(&s.fake, "fake", false, "look at fakes of both services, on this machine")
	f.StringVar(&s.customer, "customer", "", "Alarm.com `id` of the customer to explain; empty: the first that can be read")
	f.BoolVar(&s.values, "show-values", false, "show the customer's data, which is personal, instead of describing it")
	f.IntVar(&s.samples, "samples", 3, "`number` of customers whose details are read to check an assumption")
	f.BoolVar(&s.alarm.SOAP12, "soap12", false, "use SOAP 1.2")
	f.Float64Var(&s.alarm.RequestsPerSecond, "rate", 2, "requests per `second` to Alarm.com")
	f.StringVar(&s.alarm.BaseURL, "alarmcom-url", "", "`address` of the .asmx files; empty: Alarm.com's own")
	var partner alarmcom.PartnerConfig
	f.StringVar(&partner.BaseURL, "partner-url", "", "`address` of the PartnerApi; empty: Alarm.com's own")
	f.StringVar(&partner.TokenURL, "partner-token-url", "", "`address` of its login; empty: Alarm.com's own")
	f.StringVar(&s.crm.BaseURL, "securitytrax-url", "", "`address` of the API; empty: "+securitytrax.ProductionURL)
	if err := f.Parse(args); err != nil {
		return s, err
	}
	if f.NArg() > 0 {
		return s, fmt.Errorf("%d arguments that are no flags", f.NArg())
	}
	s.alarm.BaseURL = cmp.Or(s.alarm.BaseURL, env("ALARMCOM_URL"))
	s.crm.BaseURL = cmp.Or(s.crm.BaseURL, env("SECURITYTRAX_URL"))
	s.alarm.Credentials = alarmcom.NewCredentials(env("ALARMCOM_USER"), env("ALARMCOM_PASSWORD")).
		WithTwoFactorDevice(env("ALARMCOM_DEVICE_ID"))
	if id := env("ALARMCOM_PARTNER_CLIENT_ID"); id != "" {
		s.alarm.Credentials, s.partner = s.alarm.Credentials.WithPartnerClient(id), &partner
	}
	s.crm.Profile, s.crm.ISPID = env("SECURITYTRAX_PROFILE"), env("SECURITYTRAX_ISP_ID")
	s.crm.Credentials = securitytrax.Login(env("SECURITYTRAX_USERNAME"), env("SECURITYTRAX_PASSWORD"))
	if token := env("SECURITYTRAX_TOKEN"); token != "" {
		s.crm.Credentials = securitytrax.AccessToken(token)
	}
	s.crm.Credentials = s.crm.Credentials.WithIntegratorKey(env("SECURITYTRAX_INTEGRATOR_KEY"))
	return s, nil
}

// tokenURL is the address of the PartnerApi's login, the only one that anything is
// posted to there.
func (s settings) tokenURL() string {
	if s.partner == nil || s.partner.TokenURL == "" {
		return "https://alarmadmin.alarm.com/AdminApiAccess/token"
	}
	return s.partner.TokenURL
}

// fakes are both services on 127.0.0.1, with invented people.
type fakes struct {
	alarm *alarmcomtest.Server
	crm   *securitytraxtest.Server
}

func newFakes() *fakes {
	d := adcimporttest.NewDealer(1, 60, 20)
	f := &fakes{alarm: alarmcomtest.NewServer(d), crm: securitytraxtest.NewServer(securitytraxtest.WithPageSize(2))}
	f.crm.AddRep(d.Users[0].LoginName, d.Users[0].FirstName, d.Users[0].LastName)
	return f
}

// settings are those of the caller, with the fakes in place of the accounts.
func (f *fakes) settings(s settings) settings {
	alarm := f.alarm.Config()
	s.alarm.BaseURL, s.alarm.Credentials = alarm.BaseURL, alarm.Credentials
	s.alarm.RequestsPerSecond, s.alarm.Burst = alarm.RequestsPerSecond, alarm.Burst
	s.alarm.Credentials, s.partner = s.alarm.Credentials.WithPartnerClient(alarmcomtest.DefaultClientID), f.alarm.PartnerConfig()
	s.crm = f.crm.Config()
	return s
}

func (f *fakes) close() {
	f.alarm.Close()
	f.crm.Close()
}
