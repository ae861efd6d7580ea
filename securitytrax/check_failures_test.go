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
	says   string // what the error begins with
}

// checkFailures are settings with which there is no active link, and why.
func checkFailures(srv *securitytraxtest.Server) map[string]checkFailure {
	inactive := srv.AddISP("Old link", false)
	const noLink = "there is no such link: see ISPID, Profile and the path of BaseURL: securitytrax: "
	const refused = "access token, login or integrator key is refused: status 401"
	return map[string]checkFailure{
		"no such link":    {func(c *securitytrax.Config) { c.ISPID = "404" }, adcimport.ErrNotLinked, noLink},
		"inactive link":   {func(c *securitytrax.Config) { c.ISPID = inactive }, adcimport.ErrNotLinked, "securitytrax: check link " + inactive + ": link is not active: activate it under "},
		"no such profile": {func(c *securitytrax.Config) { c.BaseURL += "x" }, adcimport.ErrNotLinked, noLink},
		"password":        {func(c *securitytrax.Config) { c.Credentials = password("wrong") }, adcimport.ErrAuth, "securitytrax: authenticate: " + refused},
		"integrator key's case": {func(c *securitytrax.Config) {
			c.Credentials = c.Credentials.WithIntegratorKey(strings.ToLower(securitytraxtest.DefaultIntegratorKey))
		}, adcimport.ErrAuth, "securitytrax: authenticate: " + refused},
		"token": {func(c *securitytrax.Config) {
			c.Credentials = accessToken("wrong")
		}, adcimport.ErrAuth, "securitytrax: check link 1: " + refused},
		"no ISPID, password": {func(c *securitytrax.Config) {
			c.ISPID, c.Credentials = "", password("wrong")
			c.Schema = securitytrax.DefaultSchema()
			c.Schema.CustomerID = securitytrax.IDInAttribute
		}, adcimport.ErrAuth, "securitytrax: authenticate: " + refused},
	}
}
