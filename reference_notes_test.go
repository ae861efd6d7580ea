package adcimport_test

import "github.com/securitytrax/adcimport"

// What docs/reference.md says to hosts, beside what package notify says to an office.
// TestReference compares it with the code: nothing is missing, and nothing is of the past.

// reasonNote is of a reason.
type reasonNote struct {
	reason adcimport.Reason
	action adcimport.Action
	note   string
}

func reasonNotes() []reasonNote {
	return []reasonNote{
		{
			"already_imported", "skipped",
			"known; counted, not stored",
		},
		{
			"duplicate_in_source", "skipped",
			"came before in this run; counted, not stored",
		},
		{
			"filtered_out", "skipped",
			"the filter, or a setting of the source, leaves it out; counted, and stored only where the filter " +
				"names its id",
		},
		{
			"excluded", "skipped",
			"a terminated, demo or commitment account, which the filter does not include; counted, and stored " +
				"only where the filter names its id, with the field that keeps it out",
		},
		{
			"not_in_sink", "skipped",
			"mode LinkExisting, and SecurityTrax does not have it",
		},
		{
			"invalid_record", "failed",
			"fields break rules: correct them at Alarm.com, or change the [mapping](mapping.md)",
		},
		{
			"rejected_by_sink", "failed",
			"SecurityTrax refused it for good",
		},
		{
			"username_taken", "failed",
			"another user has the login name",
		},
		{
			"source_not_found", "failed",
			"Alarm.com has no such record: a wrong id in the filter",
		},
		{
			"source_denied", "failed",
			"this Alarm.com login may not see it",
		},
		{
			"source_failed", "failed",
			"Alarm.com answers for others, not for this one",
		},
		{
			"possible_match", "skipped",
			"SecurityTrax may have it already, typed in by hand; the outcome has the candidates, and a person " +
				"decides: see [matching](matching.md). Shown apart from what is skipped",
		},
		{
			"ambiguous_match", "failed",
			"SecurityTrax has several records for it: merge them there",
		},
		{
			"in_doubt", "failed",
			"may have been created, and no look-up proves that it was not; or it may have been created without " +
				"its Alarm.com id, as the record whose id the outcome has; or it is a user to whom the login may have" +
				" been mailed. Look at SecurityTrax, then retry. It is never created again by itself",
		},
		{
			"sink_failed", "failed",
			"SecurityTrax takes other records, and not this one, without saying why; it is tried again, and rests" +
				" for some days when that brings nothing",
		},
		{
			"resting", "skipped",
			"failed in several runs in a row; it is tried again after 1, 2, 4 and then every 7 days, and at once " +
				"when mapping or options change or a person retries it",
		},
		{
			"not_sent", "failed",
			"SecurityTrax took no request for it; a retry may work",
		},
		{
			"unconfirmed", "failed",
			"a known record was updated, perhaps: the update was sent three times, and no reply came; the next " +
				"run in Upsert mode sends it again",
		},
		{
			"gone_in_sink", "failed",
			"it was imported, and SecurityTrax does not have it any more: somebody deleted it there. Leave it, or" +
				" have it [forgotten](updating.md#deleted-in-securitytrax), and the next run brings it again",
		},
		{
			"not_cleared", "unchanged",
			"fields that were emptied at Alarm.com keep what they had: the sink cannot clear them, see " +
				"`Outcome.Fields`; what else changed was written",
		},
		{
			"busy", "failed",
			"told to come back later, again and again for `Config.MaxPause`, while others were served; nothing is" +
				" held against it, and the next run tries it after all others",
		},
		{
			"matched", "linked",
			"attached to a record that SecurityTrax had without the Alarm.com id, by a rule or by a person",
		},
		{
			"in_doubt_resolved", "linked",
			"a create whose reply was lost was found",
		},
	}
}

// failureNote is of a code of Failure.
type failureNote struct{ code, what, helps string }

func failureNotes() []failureNote {
	return []failureNote{
		{
			"auth",
			"the login is refused",
			"credentials, or a login that is locked; then `Resume`",
		},
		{
			"not_linked",
			"the link is not active, or the ISP id is not the account's",
			"the link in SecurityTrax; then `Resume`",
		},
		{
			"denied",
			"the login may not do or see this",
			"its rights; then `Resume`",
		},
		{
			"not_found",
			"there is no such page, or what the run goes by is gone",
			"the path in the address; the run's office, tags, sub-dealer",
		},
		{
			"refused",
			"a whole reply says no, and of no record",
			"the address, profile, and the options of the run",
		},
		{
			"rate_limited",
			"the service wants to be left alone",
			"nothing: the run goes on by itself at `PausedUntil`",
		},
		{
			"unavailable",
			"the service or the database is away, or fails for everybody",
			"nothing: it is waited for, up to `MaxOutage`; then look at that service, and `Resume`",
		},
		{
			"timeout",
			"no reply within the time for one",
			"as for `unavailable`; a longer `Timeout` where replies are slow",
		},
		{
			"unreadable",
			"replies break off, or are not what they should be",
			"as for `unavailable`; a proxy in between",
		},
		{
			"no_such_host",
			"nobody is at the address",
			"the address, the port, DNS",
		},
		{
			"connection_refused",
			"nobody is at the address",
			"the address, the port, DNS",
		},
		{
			"certificate",
			"the connection cannot be trusted, or made",
			"the address; the host's root certificates, its clock",
		},
		{
			"tls",
			"the connection cannot be trusted, or made",
			"the address; the host's root certificates, its clock",
		},
		{
			"proxy",
			"a proxy wants a login",
			"`Config.Transport`",
		},
		{
			"redirected",
			"somebody else is at the address",
			"the address",
		},
		{
			"not_the_service",
			"somebody else is at the address",
			"the address",
		},
		{
			"too_many_failures",
			"more new failures than `MaxFailures` or `MaxFailureShare` allows",
			"the list of failures; `Resume` goes on with a budget of its own",
		},
		{
			"invalid_options",
			"the run asks for what does not exist, or not any more, as an office that was deleted in mid-run: the warnings have option and id",
			"another run",
		},
		{
			"invalid_filter",
			"the run asks for what does not exist, or not any more",
			"another run",
		},
		{
			"unsupported",
			"source or sink cannot do this",
			"another source or sink, or another run",
		},
		{
			"in_doubt",
			"creates whose reply was lost cannot be looked up",
			"nothing: the run goes on by itself; `InFlight` lists them",
		},
		{
			"lease_lost",
			"another process took the run over, or this one could not hold its lease",
			"nothing: it goes on there, or by itself",
		},
		{
			"crash_loop",
			"the run's processes died several times with nothing done in between",
			"the host's log; then `Resume`",
		},
		{
			"panic",
			"code of the host, or of a source or sink, panicked",
			"the stack in the log",
		},
		{
			"unreadable_state",
			"another version stored what this one cannot read",
			"the version of the library that began the run",
		},
		{
			"interrupted",
			"a context ended, or the host was closed",
			"nothing, or `Resume`",
		},
		{
			"failed",
			"anything else",
			"the error in the log",
		},
	}
}
