package securitytrax_test

import (
	"strings"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

type checkFailure struct {
	change func(*securitytrax.Config)
	want   error
}

// checkFailures are settings with which there is no active link, and why.
func checkFailures(srv *securitytraxtest.Server) map[string]checkFailure {
	inactive := srv.AddISP("Old link", false)
	return map[string]checkFailure{
		"no such link":    {func(c *securitytrax.Config) { c.ISPID = "404" }, adcimport.ErrNotLinked},
		"inactive link":   {func(c *securitytrax.Config) { c.ISPID = inactive }, adcimport.ErrNotLinked},
		"no such profile": {func(c *securitytrax.Config) { c.BaseURL += "x" }, adcimport.ErrNotLinked},
		"password":        {func(c *securitytrax.Config) { c.Credentials = password("wrong") }, adcimport.ErrAuth},
		"integrator key's case": {func(c *securitytrax.Config) {
			c.Credentials = c.Credentials.WithIntegratorKey(strings.ToLower(securitytraxtest.DefaultIntegratorKey))
		}, adcimport.ErrAuth},
		"token": {func(c *securitytrax.Config) {
			c.Credentials = accessToken("wrong")
		}, adcimport.ErrAuth},
		"no ISPID, password": {func(c *securitytrax.Config) {
			c.ISPID, c.Credentials = "", password("wrong")
			c.Schema = securitytrax.DefaultSchema()
			c.Schema.CustomerID = securitytrax.IDInAttribute
		}, adcimport.ErrAuth},
	}
}
