package adcimport_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
)

func TestParseIDs_F1_F3(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		in   string
		want []string
		part string // of the error; empty: none
	}{
		"none":               {in: ""},
		"spaces only":        {in: "  \t "},
		"empty parts":        {in: ",, ,"},
		"one":                {in: "12", want: []string{"12"}},
		"several":            {in: "12, 34,56", want: []string{"12", "34", "56"}},
		"order stays":        {in: "9,1,5", want: []string{"9", "1", "5"}},
		"repeated":           {in: "1,2,1,01", want: []string{"1", "2"}},
		"leading zeros":      {in: "007", want: []string{"7"}},
		"line breaks":        {in: "1,\n2,\r\n3", want: []string{"1", "2", "3"}},
		"longest":            {in: "999999999999999999", want: []string{"999999999999999999"}},
		"too long":           {in: "1,9999999999999999999", part: "9999999999999999999"},
		"zero":               {in: "0", part: "0"},
		"only zeros":         {in: "1,000", part: "000"},
		"a word":             {in: "1,abc,2", part: "abc"},
		"negative":           {in: "-5", part: "-5"},
		"sign":               {in: "+5", part: "+5"},
		"decimal":            {in: "1.5", part: "1.5"},
		"semicolon":          {in: "1;2", part: "1;2"},
		"space within":       {in: "1 2", part: "1 2"},
		"digits of a script": {in: "١٢", part: "١٢"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := adcimport.ParseIDs(tt.in)
			if tt.part != "" {
				bad, ok := errors.AsType[*adcimport.InvalidFilterError](err)
				if !ok || bad.Part != tt.part || got != nil || !strings.Contains(err.Error(), strconv.Quote(tt.part)) {
					t.Fatalf("got %q, %v", got, err)
				}
				return
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func FuzzParseIDs(f *testing.F) {
	for _, s := range []string{"", "1,2", " 01 ,,2", "x", "-1", "99999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ids, err := adcimport.ParseIDs(s)
		if err != nil {
			bad, ok := errors.AsType[*adcimport.InvalidFilterError](err)
			if !ok || !strings.Contains(s, bad.Part) {
				t.Fatalf("got %v", err)
			}
			return
		}
		seen := map[string]bool{}
		for _, id := range ids {
			n, err := strconv.ParseInt(id, 10, 64)
			if err != nil || n <= 0 || strconv.FormatInt(n, 10) != id || seen[id] {
				t.Fatalf("%q gave %q", s, ids)
			}
			seen[id] = true
		}
		again, err := adcimport.ParseIDs(strings.Join(ids, ","))
		if diff := cmp.Diff(ids, again); diff != "" || err != nil {
			t.Fatalf("%v: not stable:\n%s", err, diff)
		}
	})
}

func TestFilters_Match(t *testing.T) {
	t.Parallel()
	customer := adcimport.Customer{ID: "5", SubDealerID: "s1"}
	for name, tt := range map[string]struct {
		f    adcimport.CustomerFilter
		want bool
	}{
		"none":         {adcimport.CustomerFilter{}, true},
		"F1 id":        {adcimport.CustomerFilter{CustomerIDs: []string{"4", "5"}}, true},
		"F1 exact":     {adcimport.CustomerFilter{CustomerIDs: []string{"55", "05"}}, false},
		"F2 any":       {adcimport.CustomerFilter{SubDealerIDs: []string{"s0", "s1"}}, true},
		"F2 other":     {adcimport.CustomerFilter{SubDealerIDs: []string{"s2"}}, false},
		"all of them":  {adcimport.CustomerFilter{CustomerIDs: []string{"5"}, SubDealerIDs: []string{"s1"}}, true},
		"not only one": {adcimport.CustomerFilter{CustomerIDs: []string{"5"}, SubDealerIDs: []string{"s2"}}, false},
	} {
		if got := tt.f.Match(customer); got != tt.want {
			t.Errorf("customer, %s: got %v", name, got)
		}
	}
	user := adcimport.User{ID: "7", SubDealerID: "s1", RoleIDs: []string{"r1", "r2"}}
	for name, tt := range map[string]struct {
		f    adcimport.UserFilter
		want bool
	}{
		"none":         {adcimport.UserFilter{}, true},
		"F3 id":        {adcimport.UserFilter{SupportIDs: []string{"7"}}, true},
		"F3 exact":     {adcimport.UserFilter{SupportIDs: []string{"77"}}, false},
		"F4 any":       {adcimport.UserFilter{RoleIDs: []string{"r9", "r2"}}, true},
		"F4 other":     {adcimport.UserFilter{RoleIDs: []string{"r9"}}, false},
		"F5 any":       {adcimport.UserFilter{SubDealerIDs: []string{"s1"}}, true},
		"F5 other":     {adcimport.UserFilter{SubDealerIDs: []string{""}}, false},
		"all of them":  {adcimport.UserFilter{SupportIDs: []string{"7"}, RoleIDs: []string{"r1"}, SubDealerIDs: []string{"s1"}}, true},
		"not only two": {adcimport.UserFilter{SupportIDs: []string{"7"}, RoleIDs: []string{"r1"}, SubDealerIDs: []string{"s2"}}, false},
	} {
		if got := tt.f.Match(user); got != tt.want {
			t.Errorf("user, %s: got %v", name, got)
		}
	}
}
