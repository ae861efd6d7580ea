package faults_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
	"time"

	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom"
)

// The operations of Alarm.com, as the tables name them.
const (
	opCheck  = "GetDealerId"
	opList   = "GetCustomerList_V2"
	opDetail = "GetCustomerInfo_V2"

	opBranchList = "GetCustomerListByBranchId"
)

// at makes Alarm.com answer some calls with a reply; n counts the calls of the
// operation.
func at(op string, when func(id, n int) bool, r alarmReply) func(*world) {
	return func(w *world) {
		w.alarm.Fail(func(called string, id, n int) *alarmReply {
			if called != op && op != "" || !when(id, n) {
				return nil
			}
			return &r
		})
	}
}

func always(int, int) bool     { return true }
func once(_, n int) bool       { return n == 1 }
func theFourth(id, _ int) bool { return id == 104 }
func fifthOn(_, n int) bool    { return n >= 5 }
func header(kv ...string) http.Header {
	return http.Header{kv[0]: {kv[1]}}
}

func gzipped(text string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.Bytes()
}

const html = "<!DOCTYPE html>\n<html><body>We are down for maintenance, " + mark + "</body></html>"

// listReply is a list of all customers as the service writes it.
var listReply = `<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body><GetCustomerList_V2Response xmlns="http://www.alarm.com/WebServices">` +
	`<GetCustomerList_V2Result><Success>true</Success><CustomerIds>` + ints("101 102 103 104 105 106 107 108 109 110 111 112") +
	`</CustomerIds></GetCustomerList_V2Result></GetCustomerList_V2Response></Body></Envelope>`

func ints(ids string) string {
	return "<int>" + strings.ReplaceAll(ids, " ", "</int><int>") + "</int>"
}

const laughs = `<!DOCTYPE l [<!ENTITY a "haaaaaaaaaaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">` +
	`<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;"><!ENTITY f "&e;&e;&e;&e;&e;&e;&e;&e;">]>`

const external = `<!DOCTYPE l [<!ENTITY c SYSTEM "file:///etc/passwd">]>`

func list(prefix string) alarmReply { return alarmReply{Body: []byte(prefix + listReply)} }

const (
	allCreated  = "completed: 12 created"
	allKnown    = "completed: 12 skipped (12 already_imported)"
	oneSource   = "completed: 11 created, 1 failed (1 source_failed)"
	oneMore     = "completed: 1 created, 11 skipped (11 already_imported)"
	pausedEmpty = "paused: nothing"
	failedEmpty = "failed: nothing"
	notBegun    = "does not begin"

	sitsOut = 6 * time.Minute // MaxPause, and a little
)

// sourceReplies are replies of Alarm.com that are not what they should be.
func sourceReplies() []fault {
	return []fault{
		{
			name: "an HTML page with status 200", where: "list", does: "does not take it for an empty list; the run waits, and pauses",
			fail: at(opList, always, alarmReply{Body: []byte(html)}), calls: map[string]int{opList: 11},
			first: pausedEmpty, err: "PausedError, alarmcom.Error", most: sitsOut, then: allCreated,
		},
		{
			name: "an HTML page for one customer", where: "detail", does: "probes the service, which answers: only this customer fails",
			fail:  at(opDetail, theFourth, alarmReply{Body: []byte(html)}),
			first: oneSource, then: oneMore,
		},
		{
			name: "an HTML page for everything, from the fifth customer on", where: "detail and probe", does: "probes the service, which does not answer: waits, and pauses the run", most: time.Hour,
			fail: func(w *world) {
				w.alarm.Fail(func(op string, _, n int) *alarmReply {
					if op == opDetail && n >= 5 || op == opCheck && n > 1 {
						return &alarmReply{Body: []byte(html)}
					}
					return nil
				})
			},
			first: "paused: 4 created", err: "PausedError, alarmcom.Error", then: allCreated,
		},
		{
			name: "truncated XML, once", where: "list", does: "asks again",
			fail: at(opList, once, alarmReply{Body: []byte(listReply[:200])}), calls: map[string]int{opList: 4},
			first: allCreated, then: allKnown,
		},
		{
			name: "truncated XML, always", where: "list", does: "asks five times at each try; never imports a part of a list; the run waits, and pauses",
			fail: at(opList, always, alarmReply{Body: []byte(listReply[:200])}), calls: map[string]int{opList: 55},
			first: pausedEmpty, err: "PausedError, alarmcom.Error", most: sitsOut, then: allCreated,
		},
		{
			name: "an empty reply, once", where: "list", does: "asks again",
			fail:  at(opList, once, alarmReply{Body: []byte{}}),
			first: allCreated, then: allKnown,
		},
		{
			name: "garbage in the XML", where: "detail of one", does: "probes the service, which answers: only this customer fails",
			fail:  at(opDetail, theFourth, alarmReply{Body: []byte(strings.Replace(listReply, "</int>", "</nit>", 1))}),
			first: oneSource, then: oneMore,
		},
		{
			name: "the reply of another operation", where: "detail of one", does: "only this customer fails",
			fail:  at(opDetail, theFourth, list("")),
			first: oneSource, then: oneMore,
		},
		{
			name: "a wrong content type", where: "list", does: "reads it as usual: what it holds counts",
			fail:  at(opList, always, alarmReply{Body: []byte(listReply), Header: header("Content-Type", "application/octet-stream")}),
			first: allCreated, then: allKnown,
		},
		{
			name: "a byte order mark", where: "list", does: "reads it as usual",
			fail:  at(opList, always, list("\uFEFF")),
			first: allCreated, then: allKnown,
		},
		{
			name: "another character set", where: "list", does: "refuses it: names would come out wrong",
			fail:  at(opList, always, list(`<?xml version="1.0" encoding="iso-8859-1"?>`)),
			first: failedEmpty, err: "alarmcom.Error", then: allCreated,
		},
		{
			name: "gzip that nobody asked for", where: "list", does: "unpacks it",
			fail:  at(opList, always, alarmReply{Body: gzipped(listReply), Header: header("Content-Encoding", "gzip")}),
			first: allCreated, then: allKnown,
		},
		{
			name: "a Content-Encoding that names the charset", where: "list", does: "reads it as usual: that is no packing",
			fail:  at(opList, always, alarmReply{Body: []byte(listReply), Header: header("Content-Encoding", "utf-8")}),
			first: allCreated, then: allKnown,
		},
		{
			name: "what says gzip and is none, once", where: "list", does: "asks again",
			fail:  at(opList, once, alarmReply{Body: []byte(listReply), Header: header("Content-Encoding", "gzip")}),
			first: allCreated, then: allKnown,
		},
		{
			name: "an external entity (XXE)", where: "list", does: "refuses document types: nothing is opened",
			fail:  at(opList, always, list(external)),
			first: failedEmpty, err: "alarmcom.Error", then: allCreated,
		},
		{
			name: "entities of entities (billion laughs)", where: "detail of one", does: "refuses document types: nothing is expanded",
			fail:  at(opDetail, theFourth, list(laughs)),
			first: oneSource, then: oneMore,
		},
		{
			name: "a fault inside a reply of success", where: "list", does: "believes Success=false; the run waits, and pauses",
			fail:  at(opList, always, alarmReply{Failure: mark}),
			first: pausedEmpty, err: "PausedError, alarmcom.Error", most: sitsOut, then: allCreated,
		},
		{
			name: "a fault for one customer", where: "detail of one", does: "probes the service, which answers: there is no such customer",
			fail:  at(opDetail, theFourth, alarmReply{Fault: &alarmFault{Text: mark}}),
			first: "completed: 11 created, 1 failed (1 source_not_found)", then: oneMore,
		},
		{
			name: "the reply about another customer", where: "detail of one", does: "takes nobody for somebody else",
			fail: func(w *world) {
				w.toAlarm.set(func(r *http.Request) *http.Response { return w.otherCustomer(r) })
			},
			first: oneSource, then: oneMore,
		},
	}
}

// sourceConnections are connections to Alarm.com that break, hang or lead
// elsewhere.
func sourceConnections() []fault {
	slow := 30 * time.Second
	return []fault{
		{
			name: "a connection that is reset, once", where: "list", does: "asks again",
			fail: at(opList, once, alarmReply{Reset: true}), calls: map[string]int{opList: 4},
			first: allCreated, then: allKnown,
		},
		{
			name: "connections that are reset, always", where: "everything, from the fifth customer on", does: "tries for five minutes (MaxPause), then pauses the run for as long",
			fail: afterFour(alarmReply{Reset: true}), least: 5 * time.Minute, most: 10 * time.Minute,
			first: "paused: 4 created", err: "PausedError, alarmcom.Error", then: allCreated,
		},
		{
			name: "connections that are reset, while other operations work", where: "detail, from the fifth on", does: "asks for a customer that came before, who does not come either: waits, and pauses the run; nobody is blamed",
			fail: at(opDetail, fifthOn, alarmReply{Reset: true}), most: time.Hour,
			first: "paused: 4 created", err: "PausedError, alarmcom.Error", then: allCreated,
		},
		{
			name: "a reply that breaks off, once", where: "detail of one", does: "asks again",
			fail: func(w *world) {
				broke := false
				w.alarm.Fail(func(_ string, id, _ int) *alarmReply {
					if id != 104 || broke {
						return nil
					}
					broke = true
					return &alarmReply{CutAfter: 700}
				})
			},
			first: allCreated, then: allKnown,
		},
		{
			name: "a customer whose reply always breaks off", where: "detail of one", does: "gives this customer up as the others are answered: it fails alone",
			fail: at(opDetail, theFourth, alarmReply{CutAfter: 700}), most: 15 * time.Minute,
			first: oneSource, then: oneMore,
		},
		{
			name: "a reply that trickles (slowloris), once", where: "list", does: "gives it a minute (Timeout), then asks again, more slowly",
			fail: at(opList, once, alarmReply{Slowly: slow}), least: time.Minute, most: 2 * time.Minute,
			first: allCreated, then: allKnown,
		},
		{
			name: "replies that trickle (slowloris), always", where: "list", does: "gives each a minute, tries for five, then pauses the run for as long",
			fail: at(opList, always, alarmReply{Slowly: slow}), most: 10 * time.Minute,
			first: pausedEmpty, err: "PausedError, alarmcom.Error", then: allCreated,
		},
		{
			name: "a reply without an end", where: "list", does: "stops reading at MaxResponseBytes; asks once",
			fail:  endlessList,
			first: failedEmpty, err: "alarmcom.Error", then: allCreated,
		},
		{
			name: "a packed reply that is huge unpacked", where: "list", does: "stops unpacking at MaxResponseBytes; asks once",
			fail: func(w *world) {
				w.source = func(c *alarmcom.Config) { c.MaxResponseBytes = 1 << 20 }
				bomb := gzipped(strings.Replace(listReply, "<int>", strings.Repeat(" ", 100<<20)+"<int>", 1))
				at(opList, always, alarmReply{Body: bomb, Header: header("Content-Encoding", "gzip")})(w)
			}, calls: map[string]int{opList: 1},
			first: failedEmpty, err: "alarmcom.Error", then: allCreated,
		},
		{
			name: "a redirect to another host", where: "list", does: "does not follow it: the request holds the credentials",
			fail: at(opList, always, alarmReply{Status: http.StatusTemporaryRedirect, Header: header("Location", "https://"+mark+".example.com/"+secret)}), calls: map[string]int{opList: 1},
			first: failedEmpty, err: "alarmcom.Error", then: allCreated,
		},
		{
			name: "a redirect to plain HTTP or another path that makes a GET of it", where: "list", does: "does not follow it",
			fail:  at(opList, always, alarmReply{Status: http.StatusFound, Header: header("Location", "/WebServices/CustomerManagement.asmx")}),
			first: failedEmpty, err: "alarmcom.Error", then: allCreated,
		},
	}
}

// sourcePacing is Alarm.com pushing back.
func sourcePacing() []fault {
	inHalfAMinute := func(w *world) {
		w.alarm.Fail(func(op string, _, n int) *alarmReply {
			if op != opDetail || n != 5 {
				return nil
			}
			// Its clock is a year ahead of ours, in both headers.
			now := time.Now().AddDate(1, 0, 0).UTC()
			return &alarmReply{Status: http.StatusServiceUnavailable, Header: http.Header{
				"Date": {now.Format(http.TimeFormat)}, "Retry-After": {now.Add(30 * time.Second).Format(http.TimeFormat)},
			}}
		})
	}
	fifth := func(_, n int) bool { return n == 5 }
	return []fault{
		{
			name: "429 with Retry-After in seconds", where: "detail, once", does: "sends nothing at all for so long, then goes on more slowly and recovers",
			fail: at(opDetail, fifth, alarmReply{Status: http.StatusTooManyRequests, Header: header("Retry-After", "30")}), least: 30 * time.Second,
			first: allCreated, then: allKnown,
		},
		{
			name: "503 with Retry-After as a date, by a clock a year ahead", where: "detail, once", does: "reads it relative to the reply's own Date: sends nothing for 30 s",
			fail: inHalfAMinute, least: 30 * time.Second,
			first: allCreated, then: allKnown,
		},
		{
			name: "429 with Retry-After: 0", where: "detail, once", does: "takes it for no hint: asks again when the slower pace allows",
			fail:  at(opDetail, fifth, alarmReply{Status: http.StatusTooManyRequests, Header: header("Retry-After", "0")}),
			first: allCreated, then: allKnown,
		},
		{
			name: "503 for four minutes", where: "everything, from the fifth customer on", does: "sits it out: less than MaxPause",
			fail: awayFor(4 * time.Minute), least: 4 * time.Minute, most: 5 * time.Minute,
			first: allCreated, then: allKnown,
		},
		{
			name: "503 for four minutes, from the start", where: "everything", does: "begins, and sits it out",
			fail: awayFrom(4*time.Minute, func(string, int) bool { return true }), least: 4 * time.Minute, most: 6 * time.Minute, // the waits are jittered
			first: allCreated, then: allKnown,
		},
		{
			name: "503 for longer than MaxPause", where: "everything, from the fifth customer on", does: "tries for five minutes, then pauses the run for as long",
			fail: inTurn(awayFor(time.Hour)), least: 5 * time.Minute, most: 12 * time.Minute,
			first: "paused: 4 created", err: "PausedError, alarmcom.Error", then: allCreated,
		},
		{
			name: "429 with a Retry-After of an hour", where: "detail, always from the fifth on", does: "pauses the run at once, for an hour; nobody sends anything",
			fail:  at(opDetail, fifthOn, alarmReply{Status: http.StatusTooManyRequests, Header: header("Retry-After", "3600")}),
			first: "paused: 4 created", err: "PausedError, ErrRateLimited, alarmcom.Error", then: allCreated,
		},
		{
			name: "a fault that ClassifyFault calls ErrRateLimited", where: "detail, three times", does: "slows down and asks again, as with 429",
			fail:  at(opDetail, func(_, n int) bool { return n >= 5 && n < 8 }, alarmReply{Fault: &alarmFault{Text: "busy " + mark}}),
			first: allCreated, then: allKnown,
		},
		{
			name: "502 for one customer, always", where: "detail of one", does: "gives this customer up as the others are answered: it fails alone",
			fail: at(opDetail, theFourth, alarmReply{Status: http.StatusBadGateway}), most: 15 * time.Minute,
			first: oneSource, then: oneMore,
		},
	}
}

// sourceLogins are logins that Alarm.com refuses.
func sourceLogins() []fault {
	return []fault{
		{
			name: "a login that is refused from the start", where: "check", does: "asks once; nothing begins",
			fail: func(w *world) { w.password = "wrong" }, mend: func(w *world) { w.password = secret + "password" }, calls: map[string]int{opCheck: 1, opList: 0},
			first: notBegun, err: "ErrNotLinked, ErrAuth, alarmcom.Error", then: allCreated,
		},
		{
			name: "a password that is changed in mid-run, which CredentialProvider knows", where: "everything, from the fifth customer on", does: "asks CredentialProvider before every call: goes on with the new one",
			fail: passwordChanges, mend: func(w *world) { w.password = secret + "password" }, // the fake keeps it
			first: allCreated, then: allKnown,
		},
		{
			name: "401 in mid-run", where: "detail, from the fifth on", does: "ends the run at once: repeats would lock the login",
			fail:  at(opDetail, fifthOn, alarmReply{Status: http.StatusUnauthorized}),
			first: "failed: 4 created", err: "ErrAuth, alarmcom.Error", then: allCreated,
		},
		{
			name: "a password that expires in mid-run", where: "everything, from the fifth customer on", does: "probes once, which is refused too: ends the run",
			fail: func(w *world) {
				bad := alarmReply{Fault: &alarmFault{Text: mark}}
				w.alarm.Fail(func(op string, _, n int) *alarmReply {
					if op == opDetail && n >= 5 || op == opCheck && n > 1 {
						return &bad
					}
					return nil
				})
			}, calls: map[string]int{opCheck: 2},
			first: "failed: 4 created", err: "ErrAuth, alarmcom.Error", then: allCreated,
		},
		{
			name: "403 for customers", where: "detail, from the fifth on", does: "probes the service, which answers, and asks for a customer that came before, who is refused too: ends the run",
			fail:  at(opDetail, fifthOn, alarmReply{Status: http.StatusForbidden}),
			first: "failed: 4 created", err: "alarmcom.Error", then: allCreated,
		},
		{
			name: "a firewall's 403 for one customer", where: "detail of one", does: "probes the service, which answers, and gives this customer up as the others are answered: it fails alone",
			fail:  at(opDetail, theFourth, alarmReply{Status: http.StatusForbidden, Body: []byte(html)}),
			first: oneSource, then: oneMore,
		},
	}
}

// sourceChanges are accounts that change while they are read.
func sourceChanges() []fault {
	change := func(op string, f func(d *adcimporttest.Dealer)) func(w *world) {
		return func(w *world) {
			var done bool
			w.toAlarm.set(func(*http.Request) *http.Response {
				if !done && w.alarm.Count(op) > 0 {
					done = true
					w.alarm.Update(f)
				}
				return nil
			})
		}
	}
	move := func(id, to string) func(d *adcimporttest.Dealer) {
		return func(d *adcimporttest.Dealer) {
			for i := range d.Customers {
				if d.Customers[i].ID == id {
					d.Customers[i].SubDealerID = to
				}
			}
		}
	}
	filtered := func(f func(*world), ids ...string) func(*world) {
		return func(w *world) {
			w.filter.SubDealerIDs = ids
			f(w)
		}
	}
	return []fault{
		{
			name: "ids that are in the list twice", where: "list", does: "takes each once",
			fail:  at(opList, always, alarmReply{Body: []byte(strings.Replace(listReply, "</CustomerIds>", ints("104 101 112 104")+"</CustomerIds>", 1))}),
			calls: map[string]int{opDetail: 12},
			first: allCreated, then: allKnown,
		},
		{
			name: "a customer that vanishes between list and detail", where: "detail of one", does: "probes the service, which answers: there is no such customer",
			fail: change(opList, func(d *adcimporttest.Dealer) {
				d.Customers = d.Customers[:len(d.Customers)-1]
			}),
			first: "completed: 11 created, 1 failed (1 source_not_found)", then: "completed: 11 skipped (11 already_imported)", lacks: 1,
		},
		{
			name: "a customer that is moved to another sub-dealer before its detail is read", where: "detail, one sub-dealer chosen", does: "believes the detail: it is not the chosen sub-dealer's any more",
			fail:  filtered(change(opBranchList, move("111", "34")), "12"),
			first: "completed: 5 created, 1 skipped (1 filtered_out)", then: "completed: 5 skipped (5 already_imported)", lacks: 7,
		},
		{
			name: "a customer that is moved to a sub-dealer that is listed later", where: "list, both sub-dealers chosen", does: "gets it twice, and takes it once",
			fail:  filtered(change(opBranchList, move("101", "34")), "12", "34"),
			first: "completed: 12 created, 1 skipped (1 duplicate_in_source)", then: allKnown,
		},
		{
			name: "a customer that is moved to a sub-dealer that was listed before", where: "list, both sub-dealers chosen", does: "does not see it in this run; the next one brings it",
			fail:  filtered(change(opBranchList, move("112", "12")), "12", "34"),
			first: "completed: 11 created, 1 skipped (1 excluded)", then: oneMore,
		},
	}
}
