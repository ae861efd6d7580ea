package notify

import (
	"strings"

	"github.com/securitytrax/adcimport"
)

// Trouble is why a run failed or waits, in sentences.
type Trouble struct {
	What string // as in "Alarm.com refuses the login."
	Help string // what a person does about it
	Anew bool   // it helps to start another import: resumed, this one meets the same
}

// TroubleOf is what a failure says; nil, and a code that this version does not know,
// have words too.
func TroubleOf(f *adcimport.Failure) Trouble {
	if f == nil {
		return Trouble{}
	}
	w, known := failureWords[f.Code]
	helps := anew[f.Code]
	if _, reason := reasonWords[adcimport.Reason(f.Code)]; reason && !known {
		w, helps = refusedAlike, true
	} else if !known {
		w = failureWords["failed"]
	}
	name := endWords[f.End]
	if name == "" {
		name = "the import server"
	}
	in := func(text string) string { return capital(strings.ReplaceAll(text, "{end}", name)) }
	return Trouble{What: in(w.what), Help: in(w.help), Anew: helps}
}

func capital(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// endWords are the ends in the words of an office.
var endWords = map[string]string{
	"source": "Alarm.com", "sink": "SecurityTrax", "store": "the database of the import", "host": "the import server",
}

const (
	staysAway = "Nothing to do: we keep trying. If the import failed for it, resume it once {end} works again."
	byItself  = "Nothing to do: the import goes on by itself."
	tellUs    = "Tell whoever runs the import server. Then resume the import."
)

// words are what is said of a failure, and what a person does about it.
type words struct{ what, help string }

// refusedAlike is said where a run ended since many records in a row were refused for
// one reason.
var refusedAlike = words{
	"{end} refused twenty records in a row for the same reason.",
	"Look at what they have in common, such as an office that was closed or a tag that was deleted. Then start another import.",
}

// anew are the codes whose help is another import.
var anew = map[string]bool{"not_found": true, "invalid_options": true, "invalid_filter": true, "unsupported": true}

// failureWords are the codes of failures in the words of an office.
var failureWords = map[string]words{
	"auth": {
		"{end} refuses the login.",
		"Check user name and password in the settings, or have the login unlocked. Then resume the import.",
	},
	"not_linked": {
		"The link between Alarm.com and SecurityTrax is not active.",
		"Activate it under Company Settings → Interactive Services Providers. Then resume the import.",
	},
	"denied":    {"The login may not see or do this at {end}.", "Give it the rights. Then resume the import."},
	"not_found": {"{end} does not have what the import goes by.", "Check its office, tags and sub-dealers. Then start another import."},
	"refused": {
		"{end} refuses the import as a whole.",
		"Check the options of the import. If they are right, tell whoever runs the import server.",
	},
	"rate_limited": {"{end} asked us to slow down.", byItself},
	"unavailable":  {"{end} is not answering.", staysAway},
	"timeout":      {"{end} takes too long to answer.", staysAway},
	"unreadable":   {"What {end} sends breaks off or cannot be read.", staysAway},

	"no_such_host":       {"{end} is not found at the address in the settings.", tellUs},
	"connection_refused": {"Nobody answers at the address of {end}.", tellUs},
	"certificate":        {"The connection to {end} cannot be trusted.", tellUs},
	"tls":                {"No secure connection to {end} can be made.", tellUs},
	"proxy":              {"A proxy on the way to {end} wants a login.", tellUs},
	"redirected":         {"The address of {end} leads elsewhere.", tellUs},
	"not_the_service":    {"At the address of {end} is something else.", tellUs},

	"too_many_failures": {
		"More records failed than the import allows.",
		"Look at the list of failures, and mend what they have in common. Then resume the import.",
	},
	"invalid_options": {
		"An office, a rep, a group or a tag of the import does not exist any more.",
		"Start another import with other options.",
	},
	"invalid_filter": {"The filter of the import can select nothing.", "Start another import with another filter."},
	"unsupported":    {"{end} cannot do what the import asks for.", "Start another import with other options."},
	"in_doubt":       {"Some records may have been created, and {end} cannot be asked for them yet.", byItself},
	"lease_lost":     {"Another server went on with the import.", byItself},
	"crash_loop":     {"The import server broke down several times at the same place.", tellUs},
	"panic":          {"The import met a mistake in its own program.", tellUs},
	"unreadable_state": {
		"The import was begun by another version of the program, which left something that this one cannot read.", tellUs,
	},
	"interrupted": {"The import was cut off.", "Nothing to do if it goes on by itself; otherwise resume it."},
	"failed":      {"The import met something unexpected at {end}.", tellUs},
}
