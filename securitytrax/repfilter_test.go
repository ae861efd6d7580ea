package securitytrax_test

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// Fault 61: a RepFilter stays one condition beside the logins, whatever it is made of.
func TestFault61_repFilter(t *testing.T) {
	t.Parallel()
	for _, filter := range []string{
		"fname = 'Sales' OR fname = 'Manager'",
		"fname = 'Sales' or fname = 'Manager'",
		"fname = 'Sales' OR fname = 'Manager' AND lname = 'Rep'",
		"(fname = 'Sales') OR (fname = 'Manager')",
		"fname != 'Tech'",
	} {
		t.Run(filter, func(t *testing.T) {
			t.Parallel()
			srv := securitytraxtest.New()
			ada := srv.AddRep("ada", "Sales", "Rep")
			srv.AddRep("bob", "Manager", "Rep")
			srv.AddRep("cyd", "Tech", "Rep")
			sink := newSink(t, srv, func(c *securitytrax.Config) {
				c.Schema = securitytrax.DefaultSchema()
				c.Schema.RepFilter = filter
			})
			found, err := sink.FindReps(t.Context(), []string{"ada", "cyd"})
			if diff := cmp.Diff(map[string]string{"ada": ada}, found); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			reps, err := sink.Reps(t.Context())
			names := map[string]bool{}
			for _, r := range reps {
				names[r.Name] = true
			}
			want := map[string]bool{"Sales Rep": true, "Manager Rep": true}
			if err != nil || !maps.Equal(names, want) {
				t.Errorf("reps %v, %v", names, err)
			}
		})
	}
}

func TestFault61_brokenRepFilter(t *testing.T) {
	t.Parallel()
	for _, filter := range []string{"a = 'x') OR (b = 'y'", "(a = 'x'", "a = 'x", " ", "a = 'x')"} {
		cfg := securitytraxtest.New().Config()
		cfg.Schema = securitytrax.DefaultSchema()
		cfg.Schema.RepFilter = filter
		_, err := securitytrax.New(cfg)
		checkField(t, err, "securitytrax.Config.Schema.RepFilter")
	}
}
