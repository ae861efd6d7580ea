package securitytrax_test

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// mysql is the key by which usual collations of MySQL compare.
func mysql(text string) string {
	return strings.NewReplacer("é", "e", "ö", "o", "ø", "o", "ü", "u", "ß", "ss", "æ", "ae", "ﬃ", "ffi", "ｊ", "j", "ｏ", "o", "ｅ", "e",
		"\u200b", "", "e\u0301", "e").Replace(strings.ToLower(strings.TrimRight(text, " ")))
}

func userKeys(names ...string) []adcimport.UserKey {
	keys := make([]adcimport.UserKey, len(names))
	for i, name := range names {
		keys[i] = adcimport.UserKey{ID: strconv.Itoa(500 + i), Record: adcimport.UserRecord{Username: name}}
	}
	return keys
}

// fault 8: a service that compares names as databases do finds more than was asked
// for. That is left out; it is no error, also where it is all that was found.
func TestFindUsers_collation(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		there string
		asked []string
		taken []string // ids whose names are somebody else's
	}{
		"accent":               {"josé", []string{"jose"}, nil},
		"accent, asked":        {"jose", []string{"josé", "anna"}, nil},
		"combined":             {"jose\u0301", []string{"josé"}, nil},
		"case":                 {"JOSE", []string{"jose"}, []string{"500"}},
		"space at the end":     {"jose ", []string{"jose"}, []string{"500"}},
		"spaces":               {"jose", []string{"jose  "}, []string{"500"}},
		"ß":                    {"strasse", []string{"straße"}, nil},
		"ss":                   {"straße", []string{"strasse", "jo"}, nil},
		"ligature":             {"o\ufb03ce", []string{"office"}, nil},
		"ø, which no é is":     {"bjørn", []string{"bjorn"}, nil},
		"width":                {"ｊｏe", []string{"joe"}, nil},
		"what is not seen":     {"jo\u200bhn", []string{"john"}, nil},
		"itself, and an other": {"josé", []string{"jose", "josé"}, []string{"501"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := securitytraxtest.New(securitytraxtest.WithCollation(mysql))
			srv.AddUser(tt.there, "77")
			found, err := newSink(t, srv).FindUsers(t.Context(), userKeys(tt.asked...))
			var taken []string
			for _, id := range []string{"500", "501"} {
				if err != nil && strings.Contains(err.Error(), "record "+id+": username_taken") {
					taken = append(taken, id)
				}
			}
			if diff := cmp.Diff(tt.taken, taken); diff != "" || len(found) > 0 || err != nil && len(taken) == 0 {
				t.Errorf("found %v, %v\n%s", found, err, diff)
			}
		})
	}
}

// fault 8, of customers: by their reps' logins, and by ids that somebody typed in
// with a space.
func TestFindReps_collation(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New(securitytraxtest.WithCollation(mysql))
	srv.AddRep("josé", "José", "P")
	anna := srv.AddRep("Anna ", "Anna", "P")
	got, err := newSink(t, srv).FindReps(t.Context(), []string{"jose", "anna"})
	if diff := cmp.Diff(map[string]string{"anna": anna}, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestFindCustomers_spaces(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New(securitytraxtest.WithCollation(mysql))
	sink := newSink(t, srv, func(c *securitytrax.Config) {
		c.Schema = securitytrax.DefaultSchema()
		c.Schema.CustomerID = securitytrax.IDInAttribute
	})
	id := createCustomer(t, sink, customer(t, srv, "12 ")).ID
	got, err := sink.FindCustomers(t.Context(), customerKeys("12"))
	if diff := cmp.Diff(map[string][]string{"12": {id}}, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

// What a filter that is ignored brings is an error, also where some of it was
// asked for by chance.
func TestFind_strangers(t *testing.T) {
	t.Parallel()
	for there, fails := range map[int]bool{1: false, 2: false, 3: true, 50: true, 1000: true} {
		srv := securitytraxtest.New(securitytraxtest.WithPageSize(2000), securitytraxtest.WithCollation(func(string) string { return "" }))
		for i := range there {
			srv.AddUser(fmt.Sprint("u", i), strconv.Itoa(500+i))
		}
		srv.Reset()
		found, err := newSink(t, srv).FindUsers(t.Context(), userKeys("u0"))
		if (err != nil) != fails || !fails && len(found["500"]) != 1 {
			t.Errorf("%d: found %v, %v", there, found, err)
		}
		call, ok := errors.AsType[*adcimport.CallError](err)
		if fails && (!ok || call.Code != "refused") {
			t.Errorf("%d: %+v", there, call)
		}
	}
}

// fault 18: replies that are cut, without a word of it. Everybody is found, whatever
// the page holds, and the size is kept. It costs a request where some were found and
// others not, and none else.
func TestFind_cutReplies(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		page, there int
		asked       []int // requests of the first look-up for a hundred, and of the second
		warns       bool
	}{
		"cut at 25, all there":      {25, 100, []int{4, 4}, true},
		"cut at 25, a half":         {25, 50, []int{3, 4}, true},
		"cut at 25, a few":          {25, 5, []int{2, 2}, false},
		"cut at 25, all but one":    {25, 99, []int{5, 5}, true},
		"cut at 25, one page":       {25, 25, []int{2, 2}, false},
		"cut at 99":                 {99, 100, []int{2, 2}, true},
		"cut at 1":                  {1, 7, []int{8, 17}, true},
		"nobody":                    {25, 0, []int{1, 1}, false},
		"not cut, all there":        {100, 100, []int{1, 1}, false},
		"not cut, all there but 40": {100, 60, []int{2, 2}, false},
	} {
		for _, kind := range []adcimport.Kind{adcimport.KindCustomer, adcimport.KindUser, "rep"} {
			t.Run(name+" "+string(kind), func(t *testing.T) {
				t.Parallel()
				srv := securitytraxtest.New(securitytraxtest.WithPageSize(tt.page), securitytraxtest.WithCutPages())
				sink := newSink(t, srv, func(c *securitytrax.Config) {
					c.Schema = securitytrax.DefaultSchema()
					c.Schema.MaxURLBytes = 20_000
				})
				ask := cutLookUp(t, srv, sink, kind, tt.there)
				for i, want := range tt.asked {
					srv.Reset()
					if found := ask(); found != tt.there {
						t.Errorf("look-up %d: %d found, want %d", i, found, tt.there)
					}
					most := want
					if kind == "rep" && tt.there < 100 {
						most++ // who is not found may be there in other case: all are read
					}
					if n := srv.Count("") - srv.Count("POST /authenticate"); n < want || n > most {
						t.Errorf("look-up %d: %d requests, want %d", i, n, want)
					}
				}
				run := adcimport.RunInfo{Summary: adcimport.Summary{Kind: adcimport.KindUser}}
				if warns := len(sink.Warnings(t.Context(), run)) > 0; warns != tt.warns {
					t.Errorf("warns: %v", warns)
				}
			})
		}
	}
}

// cutLookUp makes so many records, and a look-up for a hundred of which they are
// the first.
func cutLookUp(t *testing.T, srv *securitytraxtest.Server, sink *securitytrax.Sink, kind adcimport.Kind, there int) (found func() int) {
	t.Helper()
	names := make([]string, 100)
	for i := range names {
		names[i] = fmt.Sprint("user", i)
		switch {
		case i >= there:
		case kind == adcimport.KindCustomer:
			createCustomer(t, sink, customer(t, srv, strconv.Itoa(500+i)))
		case i%2 == 0 || kind == "rep":
			srv.AddUser(names[i], strconv.Itoa(500+i))
		default:
			srv.AddUser(names[i]+" other", strconv.Itoa(500+i)) // somebody gave it another name
		}
	}
	return func() int {
		switch kind {
		case adcimport.KindCustomer:
			var ids []string
			for i := range 100 {
				ids = append(ids, strconv.Itoa(500+i))
			}
			got, err := sink.FindCustomers(t.Context(), customerKeys(ids...))
			if err != nil {
				t.Error(err)
			}
			return len(got)
		case adcimport.KindUser:
			got, err := sink.FindUsers(t.Context(), userKeys(names...))
			if err != nil {
				t.Error(err)
			}
			return len(got)
		}
		got, err := sink.FindReps(t.Context(), names)
		if err != nil {
			t.Error(err)
		}
		return len(got)
	}
}

// fault 7: a request that is too long for the service is made of fewer, and those
// that follow are shorter at once. One long name does not make all others go alone.
func TestFind_tooLong(t *testing.T) {
	t.Parallel()
	for _, status := range []int{413, 414, 431} {
		for name, long := range map[string]int{"many": 0, "one long name": 1200} {
			t.Run(fmt.Sprint(status, " ", name), func(t *testing.T) {
				t.Parallel()
				const most = 1000
				srv := securitytraxtest.New()
				srv.AddUser("user99", "599")
				srv.Fail(func(r *http.Request, _ int) *reply {
					if r.Method == http.MethodGet && len(r.URL.String()) > most {
						return &reply{Status: status, Body: []byte("<html>")}
					}
					return nil
				})
				sink := newSink(t, srv)
				names := make([]string, 100)
				for i := range names {
					names[i] = fmt.Sprint("user", i)
				}
				counts := []int{}
				for range 2 {
					srv.Reset()
					found, err := sink.FindUsers(t.Context(), userKeys(names...))
					if err != nil || len(found) != 1 {
						t.Errorf("%v, %v", found, err)
					}
					counts = append(counts, srv.Count("GET /users"))
				}
				if refused := counts[0] - counts[1]; refused < 1 || refused > 4 || counts[1] > 15 {
					t.Errorf("requests: %v", counts)
				}
				if long == 0 {
					return
				}
				names[40] = strings.Repeat("x", long)
				srv.Reset()
				_, err := sink.FindUsers(t.Context(), userKeys(names...))
				call, ok := errors.AsType[*adcimport.CallError](err)
				if !ok || call.Code != "refused" || call.Status != status {
					t.Errorf("the long one alone: %v", err)
				}
				srv.Reset()
				names[40] = "user40"
				if _, err := sink.FindUsers(t.Context(), userKeys(names...)); err != nil || srv.Count("GET /users") != counts[1] {
					t.Errorf("%d requests after it, %v", srv.Count("GET /users"), err)
				}
			})
		}
	}
}
