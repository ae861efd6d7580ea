package notify

import "github.com/securitytrax/adcimport"

// said is what is said of records with a reason.
type said struct {
	text, help string
	needs      bool // they wait for a person
	skipped    bool // they are left out, and wait for nobody
}

// reasonWords are the reasons in the words of an office.
var reasonWords = map[adcimport.Reason]said{
	adcimport.ReasonPossibleMatch: {
		text: "may be in SecurityTrax already", needs: true,
		help: "Look at each one and choose: the same, or not.",
	},
	adcimport.ReasonInvalidRecord: {
		text: "missing something that SecurityTrax needs", needs: true,
		help: "Correct them at Alarm.com, then press Retry.",
	},
	adcimport.ReasonRejectedBySink: {
		text: "refused by SecurityTrax", needs: true,
		help: "Open the import to see which, mend what they have in common, then press Retry.",
	},
	adcimport.ReasonUsernameTaken: {
		text: "with a login name that somebody else has", needs: true,
		help: "Change one of the two login names, then press Retry.",
	},
	adcimport.ReasonSourceNotFound: {
		text: "not at Alarm.com", needs: true,
		help: "Check the ids that were entered.",
	},
	adcimport.ReasonSourceDenied: {
		text: "not visible to your Alarm.com login", needs: true,
		help: "Give the login the right to see them, then press Retry.",
	},
	adcimport.ReasonSourceFailed: {
		text: "not readable at Alarm.com", needs: true,
		help: "Nothing to do now: the next import tries them again. If it stays so, tell Alarm.com.",
	},
	adcimport.ReasonSinkFailed: {
		text: "not saved in SecurityTrax", needs: true,
		help: "Nothing to do now: the next import tries them again. If it stays so, tell SecurityTrax.",
	},
	adcimport.ReasonInDoubt: {
		text: "may have been created", needs: true,
		help: "Look for them in SecurityTrax, then choose.",
	},
	adcimport.ReasonAmbiguousMatch: {
		text: "more than once in SecurityTrax", needs: true,
		help: "Merge the copies there, then press Retry.",
	},
	adcimport.ReasonNotSent: {
		text: "not sent to SecurityTrax", needs: true,
		help: "Press Retry, or wait for the next import.",
	},
	adcimport.ReasonUnconfirmed: {
		text: "may have been updated: SecurityTrax did not say", needs: true,
		help: "Nothing to do now: the next import that updates sends them again.",
	},
	adcimport.ReasonGoneInSink: {
		text: "imported before, then deleted in SecurityTrax", needs: true,
		help: "Leave them so, or choose to import them again.",
	},
	adcimport.ReasonBusy: {
		text: "not served in time", needs: true,
		help: "Nothing to do now: the next import tries them again.",
	},

	adcimport.ReasonAlreadyImported:   {text: "imported before", skipped: true},
	adcimport.ReasonFilteredOut:       {text: "left out by the filter", skipped: true},
	adcimport.ReasonExcluded:          {text: "terminated, demo or commitment accounts", skipped: true},
	adcimport.ReasonDuplicateInSource: {text: "twice in the list", skipped: true},
	adcimport.ReasonNotInSink:         {text: "not in SecurityTrax, and this import creates none", skipped: true},
	adcimport.ReasonResting:           {text: "failed several times in a row: we will try again in some days", skipped: true},
	adcimport.ReasonMatched:           {text: "typed in by hand, and linked now"},
	adcimport.ReasonInDoubtResolved:   {text: "may have been created before, and found now"},
	adcimport.ReasonNotCleared:        {text: "with fields that were emptied at Alarm.com, and are kept"},
}
