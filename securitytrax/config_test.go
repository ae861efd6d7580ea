package securitytrax_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/securitytrax"
)

func validConfig() securitytrax.Config {
	return securitytrax.Config{
		Profile: "sandbox", ISPID: "1", Credentials: securitytrax.Login("SECRET-user", "SECRET-password").WithIntegratorKey("SECRET-key"),
	}
}

func TestNew_refuses(t *testing.T) {
	t.Parallel()
	type config = securitytrax.Config
	provider := func(context.Context) (securitytrax.Credentials, error) { return securitytrax.Credentials{}, nil }
	schema := func(change func(*securitytrax.Schema)) func(*config) {
		return func(c *config) {
			c.Schema = securitytrax.DefaultSchema()
			change(&c.Schema)
		}
	}
	for name, tt := range map[string]struct {
		change func(*config)
		field  string
	}{
		"nothing":            {func(*config) {}, ""},
		"profile":            {func(c *config) { c.Profile = "" }, "Profile"},
		"no credentials":     {func(c *config) { c.Credentials = securitytrax.Credentials{} }, "Credentials"},
		"integrator key":     {func(c *config) { c.Credentials = c.Credentials.WithIntegratorKey("") }, "Credentials"},
		"key with newline":   {func(c *config) { c.Credentials = c.Credentials.WithIntegratorKey("SECRET\n") }, "Credentials"},
		"no password":        {func(c *config) { c.Credentials = securitytrax.Login("SECRET", "").WithIntegratorKey("k") }, "Credentials"},
		"no user name":       {func(c *config) { c.Credentials = securitytrax.Login("", "SECRET").WithIntegratorKey("k") }, "Credentials"},
		"key alone":          {func(c *config) { c.Credentials = securitytrax.Credentials{}.WithIntegratorKey("SECRET") }, "Credentials"},
		"token and key":      {func(c *config) { c.Credentials = securitytrax.AccessToken("t").WithIntegratorKey("k") }, ""},
		"token no header":    {func(c *config) { c.Credentials = securitytrax.AccessToken("SECRET\r\n").WithIntegratorKey("k") }, "Credentials"},
		"provider as well":   {func(c *config) { c.CredentialProvider = provider }, "Credentials"},
		"provider alone":     {func(c *config) { c.Credentials, c.CredentialProvider = securitytrax.Credentials{}, provider }, ""},
		"query mark":         {func(c *config) { c.BaseURL = "https://h/?" }, "BaseURL"},
		"port without host":  {func(c *config) { c.BaseURL = "https://:443/x" }, "BaseURL"},
		"fault 64, profile":  {func(c *config) { c.Profile = "acme\n" }, "Profile"},
		"fault 64, a dot":    {func(c *config) { c.Profile = ".." }, "Profile"},
		"fault 64, a path":   {func(c *config) { c.Profile = "acme/x" }, "Profile"},
		"fault 64, a space":  {func(c *config) { c.Profile = "acme " }, "Profile"},
		"fault 64, link":     {func(c *config) { c.ISPID = "1\n" }, "ISPID"},
		"fault 64, quote":    {func(c *config) { c.ISPID = "1' OR '1" }, "ISPID"},
		"fault 64, user":     {func(c *config) { c.Credentials = securitytrax.Login("SECRET\n", "p").WithIntegratorKey("k") }, "Credentials"},
		"fault 64, password": {func(c *config) { c.Credentials = securitytrax.Login("u", "SECRET\r\n").WithIntegratorKey("k") }, "Credentials"},
		"fault 64, no text":  {func(c *config) { c.Credentials = securitytrax.Login("u", "SECRET\xff").WithIntegratorKey("k") }, "Credentials"},
		"fault 64, no fault": {func(c *config) { c.Credentials = securitytrax.Login("o'neil", ` p "ä" `).WithIntegratorKey("k") }, ""},
		"user agent":         {func(c *config) { c.UserAgent = "a\r\nb" }, "UserAgent"},
		"first backoff":      {func(c *config) { c.MinBackoff = -1 }, "MinBackoff"},
		"backoff of 500":     {func(c *config) { c.MinBackoff = 500 }, "MinBackoff"},
		"backoff up to 30":   {func(c *config) { c.MaxBackoff = 30 }, "MaxBackoff"},
		"no link":            {func(c *config) { c.ISPID = "" }, "ISPID"},
		"no TLS":             {func(c *config) { c.BaseURL = "http://api.example.com/x" }, "BaseURL"},
		"loopback":           {func(c *config) { c.BaseURL = "http://[::1]:80/x/" }, ""},
		"staging":            {func(c *config) { c.BaseURL = securitytrax.StagingURL }, ""},
		"no host":            {func(c *config) { c.BaseURL = "https:///x" }, "BaseURL"},
		"password in URL":    {func(c *config) { c.BaseURL = "https://SECRET:SECRET@h/" }, "BaseURL"},
		"no URL":             {func(c *config) { c.BaseURL = "https://SECRET%zz" }, "BaseURL"},
		"burst":              {func(c *config) { c.Burst = -1 }, "Burst"},
		"concurrency":        {func(c *config) { c.Concurrency = -1 }, "Concurrency"},
		"timeout":            {func(c *config) { c.Timeout = -1 }, "Timeout"},
		"backoff":            {func(c *config) { c.MinBackoff, c.MaxBackoff = time.Hour, time.Minute }, "MaxBackoff"},
		"long backoff":       {func(c *config) { c.MinBackoff = time.Hour }, ""},
		"response":           {func(c *config) { c.MaxResponseBytes = -1 }, "MaxResponseBytes"},
		"retries off":        {func(c *config) { c.MaxRetries = -1 }, ""},
		"monitoring, a part": {schema(func(s *securitytrax.Schema) { s.Monitoring.AccountNumber = "a" }), "Schema.Monitoring.Relationship"},
		"monitoring, no data": {schema(func(s *securitytrax.Schema) {
			s.Monitoring = monitoringNames(false)
			s.Monitoring.TwoWayVoice, s.Monitoring.AccountNumber, s.Monitoring.ReceiverNumber = "", "", ""
		}), "Schema.Monitoring"},
		"monitoring, path": {schema(func(s *securitytrax.Schema) {
			s.Monitoring = monitoringNames(false)
			s.Monitoring.Resource.Path = "/x"
		}), "Schema.Monitoring.Resource.Path"},
		"monitoring, type": {schema(func(s *securitytrax.Schema) {
			s.Monitoring = monitoringNames(false)
			s.Monitoring.Resource.Type = ""
		}), "Schema.Monitoring.Resource.Type"},
		"monitoring in the ISP connection": {schema(func(s *securitytrax.Schema) {
			s.Monitoring = monitoringNames(false)
			s.Monitoring.Relationship = s.Customer.Connections
		}), "Schema.Monitoring.Relationship"},
		"monitoring":         {schema(func(s *securitytrax.Schema) { s.Monitoring = monitoringNames(true) }), ""},
		"paging, no such":    {schema(func(s *securitytrax.Schema) { s.Paging, s.PageParam = 3, "page" }), "Schema.Paging"},
		"paging, no name":    {schema(func(s *securitytrax.Schema) { s.Paging = securitytrax.PagingOffset }), "Schema.PageParam"},
		"paging, links":      {schema(func(s *securitytrax.Schema) { s.PageParam = "page" }), "Schema.PageParam"},
		"paging, the filter": {schema(func(s *securitytrax.Schema) { s.Paging, s.PageParam = securitytrax.PagingNumber, "filter" }), "Schema.PageParam"},
		"paging, first page": {schema(func(s *securitytrax.Schema) { s.FirstPage = 2 }), "Schema.FirstPage"},
		"error member":       {schema(func(s *securitytrax.Schema) { s.ErrorMember = "meta..field" }), "Schema.ErrorMember"},
		"part of a schema":   {func(c *config) { c.Schema.Name = "title" }, "Schema.Customer.FirstName"},
		"id place":           {schema(func(s *securitytrax.Schema) { s.CustomerID = 7 }), "Schema.CustomerID"},
		"id attribute":       {schema(func(s *securitytrax.Schema) { s.CustomerID, s.Customer.AlarmComID = securitytrax.IDInAttribute, "" }), "Schema.Customer.AlarmComID"},
		"connection":         {schema(func(s *securitytrax.Schema) { s.Connection.AlarmComID = "" }), "Schema.Connection.AlarmComID"},
		"chunk":              {schema(func(s *securitytrax.Schema) { s.FindChunk = 0 }), "Schema.FindChunk"},
		"URL length":         {schema(func(s *securitytrax.Schema) { s.MaxURLBytes = 10 }), "Schema.MaxURLBytes"},
		"page size":          {schema(func(s *securitytrax.Schema) { s.PageSizeParam = "page[size]" }), "Schema.PageSize"},
		"path":               {schema(func(s *securitytrax.Schema) { s.Users.Path = "/users" }), "Schema.Users.Path"},
		"type":               {schema(func(s *securitytrax.Schema) { s.Users.Type = "" }), "Schema.Users.Type"},
		"optional names":     {schema(func(s *securitytrax.Schema) { s.Customer.Zip, s.User.Tags, s.IdempotencyHeader = "", "", "" }), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := validConfig()
			tt.change(&cfg)
			sink, err := securitytrax.New(cfg)
			invalid, ok := errors.AsType[*adcimport.InvalidOptionsError](err)
			switch {
			case tt.field == "" && (err != nil || sink == nil):
				t.Errorf("error = %v", err)
			case tt.field != "" && (!ok || invalid.Field != "securitytrax.Config."+tt.field):
				t.Errorf("error = %v, want one of %s", err, tt.field)
			case err != nil && strings.Contains(err.Error(), "SECRET"):
				t.Errorf("error shows a secret: %v", err)
			}
		})
	}
}
