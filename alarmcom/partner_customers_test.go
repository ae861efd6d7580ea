package alarmcom_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
)

func partnerPageSize(n int) func(*alarmcom.Config) {
	return func(c *alarmcom.Config) { c.Partner.PageSize = n }
}

// Pages slip when customers come, go and change places between them. Nobody who
// was there all the time is omitted, and nobody comes twice.
func TestPartnerListDrifts(t *testing.T) {
	t.Parallel()
	remove := func(d *adcimporttest.Dealer, id string) {
		d.Customers = slices.DeleteFunc(d.Customers, func(c adcimport.Customer) bool { return c.ID == id })
	}
	for name, test := range map[string]struct {
		drift func(n int, d *adcimporttest.Dealer)
		pages int // asked for, of 3 each
	}{
		"nothing": {func(int, *adcimporttest.Dealer) {}, 10},
		"inserted in front": {func(n int, d *adcimporttest.Dealer) {
			if n == 2 {
				d.Customers = slices.Insert(d.Customers, 0, adcimport.Customer{ID: "7"})
			}
		}, 15},
		"removed in front": {func(n int, d *adcimporttest.Dealer) {
			if n == 2 {
				remove(d, d.Customers[0].ID)
			}
		}, 12},
		"the one listed next moves to the front": {func(n int, d *adcimporttest.Dealer) {
			if n == 2 {
				c := d.Customers[3]
				d.Customers = slices.Insert(slices.Delete(d.Customers, 3, 4), 0, c)
			}
		}, 15},
		"reversed": {func(n int, d *adcimporttest.Dealer) {
			if n == 3 {
				slices.Reverse(d.Customers)
			}
		}, 15},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := smallDealer()
			srv := newServer(t, d, alarmcomtest.WithPartner(alarmcomtest.Partner{Drift: test.drift}))
			src := newSource(t, srv, partner(srv, true), partnerPageSize(3))
			ids := customerIDs(allPages(t, src.Customers(t.Context(), adcimport.CustomerFilter{}, "")))
			ids = slices.DeleteFunc(ids, func(id string) bool { return id == "7" })
			if diff := cmp.Diff(idRange(101, 110), ids); diff != "" {
				t.Errorf("ids (-want +got):\n%s", diff)
			}
			if n := srv.Count(alarmcomtest.OpPartnerCustomers); n != test.pages {
				t.Errorf("%d pages were asked for, want %d", n, test.pages)
			}
			if text := told(t, src, adcimport.KindCustomer); text != "" {
				t.Errorf("warned: %s", text)
			}
		})
	}
}

// A list that never rests is given up after three passes, with a warning.
func TestPartnerListThatNeverRests(t *testing.T) {
	t.Parallel()
	next := 1000
	srv := newServer(t, smallDealer(), alarmcomtest.WithPartner(alarmcomtest.Partner{Drift: func(_ int, d *adcimporttest.Dealer) {
		d.Customers = slices.Insert(d.Customers, 0, adcimport.Customer{ID: strconv.Itoa(next)})
		next++
	}}))
	src := newSource(t, srv, partner(srv, true), partnerPageSize(4))
	ids := customerIDs(allPages(t, src.Customers(t.Context(), adcimport.CustomerFilter{}, "")))
	if len(ids) < 10 || !slices.Equal(slices.Compact(slices.Clone(ids)), ids) {
		t.Errorf("ids %v, want all, each once", ids)
	}
	if text := told(t, src, adcimport.KindCustomer); !strings.Contains(text, "changed while it was read") || strings.Contains(text, "\n") {
		t.Errorf("warned %q, want it told once", text)
	}
	if text := told(t, src, adcimport.KindCustomer); text != "" {
		t.Errorf("told again: %q", text)
	}
}

// Whatever the order of each page's moment: a service without a stated order.
func TestPartnerListInNoOrder(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		srv := newServer(t, smallDealer(), alarmcomtest.WithPartner(alarmcomtest.Partner{Drift: func(n int, d *adcimporttest.Dealer) {
			if n <= 5 { // one pass
				r.Shuffle(len(d.Customers), func(i, j int) { d.Customers[i], d.Customers[j] = d.Customers[j], d.Customers[i] })
			}
		}}))
		src := newSource(t, srv, partner(srv, true), partnerPageSize(3))
		ids := customerIDs(allPages(t, src.Customers(t.Context(), adcimport.CustomerFilter{}, "")))
		if diff := cmp.Diff(idRange(101, 110), ids); diff != "" {
			t.Errorf("seed %d (-want +got):\n%s", seed, diff)
		}
	}
}

// The service may allow fewer a page than it is asked for.
func TestPartnerListWithSmallerPages(t *testing.T) {
	t.Parallel()
	srv := newServer(t, smallDealer(), alarmcomtest.WithPartner(alarmcomtest.Partner{MaxPageSize: 4}))
	src := newSource(t, srv, partner(srv, true))
	ids := customerIDs(allPages(t, src.Customers(t.Context(), adcimport.CustomerFilter{}, "")))
	if diff := cmp.Diff(idRange(101, 110), ids); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
}

// Pages as they may come; what follows the last is an empty array.
func TestPartnerListsAsTheyMayCome(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		pages []alarmcomtest.Reply
		want  []string
		fails string
	}{
		"none":             {nil, nil, ""},
		"no content":       {[]alarmcomtest.Reply{jsonReply(`[{"customerId":5}]`), {Status: 204}}, []string{"5"}, ""},
		"id as text":       {[]alarmcomtest.Reply{jsonReply(`[{"customerId":"9"},{"customerId":5}]`)}, []string{"5", "9"}, ""},
		"other case":       {[]alarmcomtest.Reply{jsonReply(`[{"CustomerId":5}]`)}, []string{"5"}, ""},
		"repeated":         {[]alarmcomtest.Reply{jsonReply(`[{"customerId":5},{"customerId":5}]`), jsonReply(`[{"customerId":5}]`)}, []string{"5"}, ""},
		"null items":       {[]alarmcomtest.Reply{jsonReply(`[null,{"customerId":5},null]`)}, []string{"5"}, ""},
		"byte order mark":  {[]alarmcomtest.Reply{jsonReply("\uFEFF \n[{\"customerId\":5}]")}, []string{"5"}, ""},
		"unknown members":  {[]alarmcomtest.Reply{jsonReply(`[{"new":{"a":[1,{"b":null}]},"customerId":5}]`)}, []string{"5"}, ""},
		"packed":           {[]alarmcomtest.Reply{{Body: gzipped(`[{"customerId":5}]`), Header: map[string][]string{"Content-Encoding": {"gzip"}}}}, []string{"5"}, ""},
		"message":          {[]alarmcomtest.Reply{jsonReply(`{"message":"Jane Doe"}`)}, nil, "the service reports message"},
		"Message":          {[]alarmcomtest.Reply{jsonReply(`{"Message":"Jane Doe"}`)}, nil, "the service reports message"},
		"object":           {[]alarmcomtest.Reply{jsonReply(`{"customers":[]}`)}, nil, "without the list"},
		"null":             {[]alarmcomtest.Reply{jsonReply(`null`)}, nil, "without the list"},
		"number":           {[]alarmcomtest.Reply{jsonReply(`5`)}, nil, "another shape"},
		"item without id":  {[]alarmcomtest.Reply{jsonReply(`[{"firstName":"Jane"}]`)}, nil, "another shape"},
		"item of another":  {[]alarmcomtest.Reply{jsonReply(`[5]`)}, nil, "another shape"},
		"id of text":       {[]alarmcomtest.Reply{jsonReply(`[{"customerId":"Jane"}]`)}, nil, "another shape"},
		"id of a fraction": {[]alarmcomtest.Reply{jsonReply(`[{"customerId":5.5}]`)}, nil, "another shape"},
		"id of a list":     {[]alarmcomtest.Reply{jsonReply(`[{"customerId":[5]}]`)}, nil, "another shape"},
		"truncated":        {[]alarmcomtest.Reply{jsonReply(`[{"customerId":5},{"cust`)}, nil, "ends too early"},
		"unclosed":         {[]alarmcomtest.Reply{jsonReply(`[{"customerId":5}`)}, nil, "ends too early"},
		"garbage":          {[]alarmcomtest.Reply{jsonReply(`[{"customerId":5}}`)}, nil, "malformed"},
		"more":             {[]alarmcomtest.Reply{jsonReply(`[{"customerId":5}] [{"customerId":6}]`)}, nil, "malformed"},
		"HTML":             {[]alarmcomtest.Reply{{Body: []byte(" <html>Jane")}}, nil, "an HTML page"},
		"text":             {[]alarmcomtest.Reply{{Body: []byte("Service Unavailable")}}, nil, "no JSON"},
		"nothing":          {[]alarmcomtest.Reply{{Body: []byte(" ")}}, nil, "an empty reply"},
		"UTF-16":           {[]alarmcomtest.Reply{{Body: []byte("\xff\xfe[\x00")}}, nil, "other than UTF-8"},
		"too deep":         {[]alarmcomtest.Reply{jsonReply(`[{"x":` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + `}]`)}, nil, "nested deeper"},
		"brackets in text": {[]alarmcomtest.Reply{jsonReply(`[{"customerId":5,"x":"` + strings.Repeat(`[\"{`, 70) + `"}]`)}, []string{"5"}, ""},
		"too large":        {[]alarmcomtest.Reply{jsonReply(`[{"x":"` + strings.Repeat("a", 20_000) + `"}]`)}, nil, "larger than allowed"},
		"endless spaces":   {[]alarmcomtest.Reply{jsonReply(strings.Repeat(" ", 20_000) + "[]")}, nil, "larger than allowed"},
		"status 400":       {[]alarmcomtest.Reply{{Status: 400, Body: []byte(`{"message":"Jane"}`)}}, nil, "the service reports message"},
		"status 404":       {[]alarmcomtest.Reply{{Status: 404, Body: []byte(`[]`)}}, nil, "HTTP 404"},
		"status 403":       {[]alarmcomtest.Reply{{Status: 403, Body: []byte(`[]`)}}, nil, "access denied"},
		"the same page for ever": {
			slices.Repeat([]alarmcomtest.Reply{jsonReply(`[{"customerId":6},{"customerId":5}]`), jsonReply(`[{"customerId":5},{"customerId":6}]`)}, 50),
			nil, "cannot be read to its end",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t, nil)
			srv.Fail(func(op string, _, n int) *alarmcomtest.Reply {
				if op != alarmcomtest.OpPartnerCustomers || len(test.pages) == 0 {
					return nil
				}
				n = (n - 1) % (len(test.pages) + 1)
				if n == len(test.pages) {
					return nil // the dealer has nobody
				}
				return &test.pages[n]
			})
			src := newSource(t, srv, partner(srv, true), func(c *alarmcom.Config) { c.MaxResponseBytes = 10_000 })
			pages := src.Customers(t.Context(), adcimport.CustomerFilter{}, "")
			if test.fails == "" {
				if diff := cmp.Diff(test.want, customerIDs(allPages(t, pages))); diff != "" {
					t.Errorf("ids (-want +got):\n%s", diff)
				}
				return
			}
			err := firstError(t, pages)
			if !strings.Contains(err.Error(), test.fails) || strings.Contains(err.Error(), "Jane") {
				t.Errorf("error %q, want one with %q", err, test.fails)
			}
		})
	}
}

// A list that breaks off is read again at any byte, and then whole.
func TestPartnerListRecoversAtEveryByte(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := alarmcomtest.NewServer(smallDealer())
		src := inMemory(t, srv, inMemoryPartner(true))
		whole := 0
		for at := 1; whole == 0; at++ {
			srv.Reset()
			srv.Fail(func(op string, _, n int) *alarmcomtest.Reply {
				if op != alarmcomtest.OpPartnerCustomers || n > 1 {
					return nil
				}
				return &alarmcomtest.Reply{CutAfter: at}
			})
			ids := customerIDs(allPages(t, src.Customers(t.Context(), adcimport.CustomerFilter{}, "")))
			if diff := cmp.Diff(idRange(101, 110), ids); diff != "" {
				t.Fatalf("cut after %d bytes (-want +got):\n%s", at, diff)
			}
			if srv.Count(alarmcomtest.OpPartnerCustomers) == 4 { // nothing was cut
				whole = at
			}
		}
		if whole < 100 {
			t.Errorf("only %d bytes were tried", whole)
		}
	})
}

func TestPartnerConfigRefused(t *testing.T) {
	t.Parallel()
	for field, change := range map[string]func(*alarmcom.Config){
		"Credentials":              func(c *alarmcom.Config) { c.Credentials = c.Credentials.WithPartnerClient("") },
		"Partner.PageSize":         func(c *alarmcom.Config) { c.Partner.PageSize = -1 },
		"Partner.BaseURL":          func(c *alarmcom.Config) { c.Partner.BaseURL = "http://example.com" },
		"Partner.TokenURL":         func(c *alarmcom.Config) { c.Partner.TokenURL = "https://user:Jane@example.com/token" },
		"Assumptions.PartnerNames": func(c *alarmcom.Config) { c.Assumptions.PartnerNames = map[string]string{"lastName": "x"} },
	} {
		cfg := alarmcom.Config{Credentials: alarmcom.NewCredentials("u", "p").WithPartnerClient("c"), Partner: &alarmcom.PartnerConfig{}}
		if _, err := alarmcom.New(cfg); err != nil {
			t.Fatalf("zero values: %v", err)
		}
		change(&cfg)
		_, err := alarmcom.New(cfg)
		var invalid *adcimport.InvalidOptionsError
		if !errors.As(err, &invalid) || invalid.Field != "alarmcom.Config."+field || strings.Contains(fmt.Sprint(err), "Jane") {
			t.Errorf("%s: %v", field, err)
		}
	}
}
