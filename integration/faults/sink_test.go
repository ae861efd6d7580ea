package faults_test

import (
	"time"

	"github.com/securitytrax/adcimport/securitytrax"
)

// The routes of SecurityTrax, as the tables name them.
const (
	routeLogin  = "POST /authenticate"
	routeCreate = "POST /customers"
	routeUser   = "POST /users"
	routeFind   = "GET /isp_connections"
)

func ever(int) bool        { return true }
func first(n int) bool     { return n == 1 }
func third(n int) bool     { return n == 3 }
func fromThird(n int) bool { return n >= 3 }

const (
	lostAndFound = "completed: 11 created, 1 linked (1 in_doubt_resolved)"
)

// echo is an error that gives back what was sent.
const echo = `{"errors":[{"status":"422","code":"` + mark + ` code","title":"` + mark + `","detail":"` + mark + `",` +
	`"source":{"pointer":"/data/attributes/` + mark + ` x"}}]}`

// inTurn asks for one detail at a time: which of several fails first is chance.
func inTurn(f func(*world)) func(*world) {
	return func(w *world) {
		w.workers = 1
		f(w)
	}
}

func oneByOne(f func(*world)) func(*world) {
	return func(w *world) {
		w.sink = oneAtOnce
		f(w)
	}
}

// sinkDoubt are creates whose end is not known: what may have happened is never
// repeated, but looked up after the settle time.
func sinkDoubt() []fault {
	create := func(r crmReply) func(*world) { return atCRM("POST", "/customers", third, r) }
	user := func(r crmReply) func(*world) { return asUsers(atCRM("POST", "/users", third, r)) }
	settle := 30 * time.Second
	redirect := crmReply{Status: 307, Header: header("Location", "https://"+mark+".example.com/"+secret)}
	return []fault{
		{
			name: "a reply that is lost after the create", where: "create", does: "waits the settle time, looks the record up, finds it",
			fail: create(crmReply{Lost: true, After: true}), least: settle, calls: map[string]int{routeCreate: 12},
			first: lostAndFound, then: allKnown,
		},
		{
			name: "a connection that breaks before the create", where: "create", does: "waits the settle time, looks the record up, does not find it, creates it",
			fail: create(crmReply{Lost: true}), least: settle, calls: map[string]int{routeCreate: 13},
			first: allCreated, then: allKnown,
		},
		{
			name: "a reply that breaks off after the create", where: "create", does: "waits, looks up, finds it",
			fail: create(crmReply{Truncate: 20, After: true}), least: settle, calls: map[string]int{routeCreate: 12},
			first: lostAndFound, then: allKnown,
		},
		{
			name: "a reply that comes too late, after the create", where: "create", does: "waits no longer than Timeout; looks up, finds it",
			fail: create(crmReply{Delay: time.Hour, After: true}), least: settle, most: 2 * time.Minute, calls: map[string]int{routeCreate: 12},
			first: lostAndFound, then: allKnown,
		},
		{
			name: "a reply that trickles (slowloris), after the create", where: "create", does: "waits no longer than Timeout; looks up, finds it",
			fail: create(crmReply{ByteDelay: time.Second, After: true}), least: settle, most: 2 * time.Minute, calls: map[string]int{routeCreate: 12},
			first: lostAndFound, then: allKnown,
		},
		{
			name: "500 after the create", where: "create", does: "waits, looks up, finds it",
			fail: create(crmReply{Status: 500, After: true}), least: settle, calls: map[string]int{routeCreate: 12},
			first: lostAndFound, then: allKnown,
		},
		{
			name: "503 before the create", where: "create", does: "waits, looks up, does not find it, creates it",
			fail: create(crmReply{Status: 503}), least: settle, calls: map[string]int{routeCreate: 13},
			first: allCreated, then: allKnown,
		},
		{
			name: "an HTML page with status 200 instead of a create", where: "create", does: "does not take it for created: waits, looks up, creates it",
			fail: create(crmReply{Status: 200, Body: []byte(html)}), least: settle, calls: map[string]int{routeCreate: 13},
			first: allCreated, then: allKnown,
		},
		{
			name: "garbage JSON after the create", where: "create", does: "waits, looks up, finds it",
			fail: create(crmReply{Status: 201, Body: []byte(`{"data":{"type":"custom`), After: true}), least: settle, calls: map[string]int{routeCreate: 12},
			first: lostAndFound, then: allKnown,
		},
		{
			name: "a reply that is lost after a user with login was created", where: "create user", does: "waits, looks up, finds it: the login is mailed once",
			fail: user(crmReply{Lost: true, After: true}), least: settle, calls: map[string]int{routeUser: 12},
			first: lostAndFound, then: allKnown,
		},
		{
			name: "a connection that breaks before a user with login is created", where: "create user", does: "waits, looks up, does not find it; the login may have been mailed all the same: a person says whether it is sent again",
			fail: user(crmReply{Lost: true}), least: settle, calls: map[string]int{routeUser: 12},
			first: "completed: 11 created, 1 failed (1 in_doubt)", then: "completed: 11 skipped, 1 failed (1 in_doubt, 11 already_imported)", lacks: 1,
		},
		{
			name: "three lost replies in a row and more", where: "create", does: "stops after three in a row, waits, tries two more one by one, and pauses the run: more would be in doubt",
			fail:  oneByOne(atCRM("POST", "/customers", fromThird, crmReply{Lost: true, After: true})),
			first: "paused: 2 created", err: "PausedError, securitytrax.APIError", then: "completed: 7 created, 5 linked (5 in_doubt_resolved)",
		},
		{
			name: "503 for ever", where: "create", does: "stops after three in a row, waits, tries two more one by one, and pauses the run",
			fail:  atCRM("POST", "/customers", fromThird, crmReply{Status: 503}),
			first: "paused: 2 created", err: "PausedError, securitytrax.APIError", then: allCreated,
		},
		{
			name: "500 for ever", where: "create", does: "stops after three in a row, waits, tries two more one by one, and pauses the run: nobody is blamed",
			fail:  atCRM("POST", "/customers", fromThird, crmReply{Status: 500}),
			first: "paused: 2 created", err: "PausedError, securitytrax.APIError", then: allCreated,
		},
		{
			name: "a redirect to another host", where: "create", does: "does not follow it: the request holds the token; the others wait a second",
			fail:  oneByOne(atCRM("POST", "/customers", third, crmReply{Status: 307, Header: header("Location", "https://"+mark+".example.com/"+secret)})),
			first: allCreated, then: allKnown,
		},
		{
			name: "redirects to another host, always", where: "create", does: "follows none; ends the run after three in a row",
			fail:  oneByOne(atCRM("POST", "/customers", fromThird, redirect)),
			first: "failed: 2 created", err: "securitytrax.APIError", then: allCreated,
		},
	}
}

// sinkReads are look-ups that go wrong: they change nothing and are repeated.
func sinkReads() []fault {
	find := func(when func(int) bool, r crmReply) func(*world) { return atCRM("GET", "/isp_connections", when, r) }
	page := `{"data":[],"links":{"next":"https://` + mark + `.example.com/next"}}`
	return []fault{
		{
			name: "garbage JSON, once", where: "find", does: "asks again",
			fail: find(first, crmReply{Status: 200, Body: []byte(`{"data":[{`)}), calls: map[string]int{routeFind: 2},
			first: allCreated, then: allKnown,
		},
		{
			name: "an HTML page with status 200, always", where: "find", does: "does not take it for an empty answer: asks five times, and as often for three of the batch alone; creates nothing; the run waits, and pauses",
			fail: find(ever, crmReply{Status: 200, Body: []byte(html)}), calls: map[string]int{routeCreate: 0},
			first: pausedEmpty, err: "PausedError, securitytrax.APIError", most: sitsOut, then: allCreated,
		},
		{
			name: "a byte order mark and a wrong content type", where: "find", does: "reads it as usual",
			fail:  find(ever, crmReply{Status: 200, Body: []byte("\ufeff{\"data\":[]}"), Header: header("Content-Type", "text/plain")}),
			first: allCreated, then: allKnown,
		},
		{
			name: "a reply that breaks off, once", where: "find", does: "asks again",
			fail: find(first, crmReply{Truncate: 5}), calls: map[string]int{routeFind: 2},
			first: allCreated, then: allKnown,
		},
		{
			name: "a reply without an end", where: "find", does: "stops reading at MaxResponseBytes; asks once, and for three of the batch alone",
			fail:  endlessFind,
			first: failedEmpty, err: "securitytrax.APIError", then: allCreated,
		},
		{
			name: "a next page on another host", where: "find", does: "does not follow it: the request holds the token; asks for three of the batch alone",
			fail: find(ever, crmReply{Status: 200, Body: []byte(page)}), calls: map[string]int{routeFind: 4},
			first: failedEmpty, err: "securitytrax.APIError", then: allCreated,
		},
		{
			name: "503, always", where: "find", does: "asks five times at each try; the run waits, and pauses",
			fail: find(ever, crmReply{Status: 503}), most: 7 * time.Minute,
			first: pausedEmpty, err: "PausedError, securitytrax.APIError", then: allCreated,
		},
		{
			name: "429 with a Retry-After of an hour", where: "find", does: "pauses the run at once, for an hour",
			fail: find(ever, crmReply{Status: 429, Header: header("Retry-After", "3600")}), calls: map[string]int{routeFind: 1},
			first: pausedEmpty, err: "PausedError, ErrRateLimited, securitytrax.APIError", then: allCreated,
		},
	}
}

// sinkWrites are creates that certainly did nothing.
func sinkWrites() []fault {
	create := func(when func(int) bool, r crmReply) func(*world) { return atCRM("POST", "/customers", when, r) }
	return []fault{
		{
			name: "429 with Retry-After in seconds", where: "create, once", does: "sends nothing at all for so long, then sends it again",
			fail: create(third, crmReply{Status: 429, Header: header("Retry-After", "20")}), least: 20 * time.Second,
			first: allCreated, then: allKnown,
		},
		{
			name: "429 with a Retry-After of an hour", where: "create", does: "pauses the run at once, for an hour",
			fail:  create(fromThird, crmReply{Status: 429, Header: header("Retry-After", "3600")}),
			first: "paused: 2 created", err: "PausedError, ErrRateLimited, securitytrax.APIError", then: allCreated,
		},
		{
			name: "429 without a hint, always", where: "create", does: "sends each again for a minute, waits for five (MaxPause), then pauses the run; no record fails for it",
			fail: create(fromThird, crmReply{Status: 429}), most: 8 * time.Minute,
			first: "paused: 2 created", err: "PausedError, ErrRateLimited, securitytrax.APIError", then: allCreated,
		},
		{
			name: "422 for one record", where: "create", does: "only this record fails",
			fail:  create(third, crmReply{Status: 422, Body: []byte(echo)}),
			first: "completed: 11 created, 1 failed (1 rejected_by_sink)", then: oneMore,
		},
		{
			name: "403 in a document of its own", where: "create", does: "only these records fail: it may be about each of them",
			fail:  create(fromThird, crmReply{Status: 403}),
			first: "completed: 2 created, 10 failed (10 rejected_by_sink)", then: "completed: 10 created, 2 skipped (2 already_imported)",
		},
		{
			name: "403 in a document of its own, for twenty in a row", where: "create", does: "others were taken before: each of these fails alone",
			fail:  oneByOne(grown(40, create(fromThird, crmReply{Status: 403}))),
			first: "completed: 2 created, 38 failed (38 rejected_by_sink)", then: "completed: 38 created, 2 skipped (2 already_imported)",
			last: "completed: 40 skipped (40 already_imported)",
		},
		{
			name: "a firewall's 403 page for one record", where: "create", does: "may be of something in front: waits, looks up, sends it once more, then fails it alone",
			fail:  createOf(page(403), "104"),
			first: "completed: 11 created, 1 failed (1 sink_failed)", then: oneMore, most: 2 * time.Minute,
		},
		{
			name: "a firewall's 403 page, always", where: "create", does: "stops after three in a row, waits, tries two more one by one, and pauses the run: nobody is blamed",
			fail:  oneByOne(create(fromThird, page(403))),
			first: "paused: 2 created", err: "PausedError, ErrDenied, securitytrax.APIError", then: allCreated,
		},
	}
}

// sinkLogins are tokens that end and logins that are refused.
func sinkLogins() []fault {
	return []fault{
		{
			name: "all tokens end in mid-run (or the service's clock jumps ahead)", where: "create", does: "asks for another token, once, and goes on",
			fail: atCRM("POST", "/customers", third, crmReply{ExpireTokens: true}), calls: map[string]int{routeLogin: 2},
			first: allCreated, then: allKnown,
		},
		{
			name: "401 for every token, in mid-run", where: "create", does: "asks for another token, once; then ends the run",
			fail:  atCRM("POST", "/customers", fromThird, crmReply{Status: 401}),
			first: "failed: 2 created", err: "ErrAuth, securitytrax.APIError", then: allCreated,
		},
		{
			name: "a login that is refused from the start", where: "authenticate", does: "tries it once; nothing begins",
			fail: func(w *world) {
				w.sink = func(c *securitytrax.Config) {
					c.Credentials = securitytrax.Login(secret+"user", secret+"wrong").WithIntegratorKey(secret + "key")
				}
			}, mend: func(w *world) { w.sink = nil }, calls: map[string]int{routeLogin: 1},
			first: notBegun, err: "ErrNotLinked, ErrAuth, securitytrax.APIError", then: allCreated,
		},
		{
			name:  "an integrator key that is changed in mid-run, which CredentialProvider knows",
			where: "everything, from the fifth customer on", does: "asks CredentialProvider before every request: goes on with the new one",
			fail: keyChanges, mend: func(w *world) { w.sink = nil }, // the fake keeps it
			first: allCreated, then: allKnown,
		},
		{
			name: "a link that is not active", where: "check", does: "nothing begins",
			fail:  atCRM("GET", "", ever, crmReply{Status: 404}),
			first: notBegun, err: "ErrNotLinked, ErrNotFound, securitytrax.APIError", then: allCreated,
		},
	}
}
