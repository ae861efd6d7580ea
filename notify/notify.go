// Package notify says what a notice is about, in stable codes and in the words of an
// office: which event it tells of, how many records wait for a person, what became of
// the others, and what helps where a run failed or waits. It sends nothing: the modules
// notify/webhook and notify/mail do, and a host's own notifier may use it as they do.
package notify

import (
	"cmp"
	"slices"
	"strings"

	"github.com/securitytrax/adcimport"
)

// Event is what a notice tells of. More may come with a later version.
type Event string

// The events.
const (
	Completed Event = "completed" // every record has its outcome
	Stopped   Event = "stopped"   // more failures than the options allow; a person resumes it
	Canceled  Event = "canceled"  // by a person, who may resume it
	Failed    Event = "failed"    // it cannot go on; a person resumes it
	Paused    Event = "paused"    // until Summary.PausedUntil; whoever called for it has to resume it
	Waiting   Event = "waiting"   // for half an hour, in the background; it goes on by itself
)

// EventOf is what a notice tells of; empty for the summary of a run that has not ended
// and of which nobody is told.
func EventOf(s adcimport.Summary) Event {
	switch s.Status {
	case adcimport.StatusCompleted:
		return Completed
	case adcimport.StatusStopped:
		return Stopped
	case adcimport.StatusCanceled:
		return Canceled
	case adcimport.StatusFailed:
		return Failed
	case adcimport.StatusPaused, adcimport.StatusRunning, adcimport.StatusInterrupted, adcimport.StatusHeld:
	}
	// The notice of a wait is named after the instant since when, that of an end is not.
	if strings.HasPrefix(s.Notice[strings.LastIndex(s.Notice, "/")+1:], "waiting-") {
		return Waiting
	}
	if s.Status == adcimport.StatusPaused {
		return Paused
	}
	return ""
}

// NeedYou is how many records wait for a person: those that failed, and those that
// SecurityTrax may have already. A run whose NeedYou is 0 needs nobody to look.
func NeedYou(s adcimport.Summary) int { return s.Counts.Failed + s.ToReview() }

// Line is a count and what is counted.
type Line struct {
	Count  int
	Reason adcimport.Reason // empty: the line is of an action as a whole
	Text   string           // as in "refused by SecurityTrax", of any number
	Help   string           // what a person does about it, in sentences; empty: nothing
}

// Needs are the records that wait for a person, by reason, those to review first, then
// the most frequent. Their counts add up to [NeedYou].
func Needs(s adcimport.Summary) []Line {
	return reasons(s, func(r said) bool { return r.needs }, s.Counts.Failed+s.ToReview(), Line{
		Text: "failed", Help: "Open the import to see why.",
	})
}

// Left are the records that were skipped and wait for nobody, by reason, the most
// frequent first.
func Left(s adcimport.Summary) []Line {
	return reasons(s, func(r said) bool { return r.skipped }, s.Counts.Skipped-s.ToReview(), Line{Text: "left out"})
}

// Done are the records that are in SecurityTrax now, by action. What is not counted has
// no line.
func Done(s adcimport.Summary) []Line {
	c := s.Counts
	lines := []Line{
		{Count: c.Created, Text: "created in SecurityTrax"},
		{Count: c.Linked, Text: "in SecurityTrax already, and linked now"},
		{Count: c.Updated, Text: "updated"},
		{Count: c.Unchanged, Text: "unchanged"},
	}
	return slices.DeleteFunc(lines, func(l Line) bool { return l.Count == 0 })
}

// reasons are the lines of those reasons that are picked, and one for what is counted
// and has no reason that this version knows.
func reasons(s adcimport.Summary, picked func(said) bool, all int, rest Line) []Line {
	var lines []Line
	for reason, n := range s.ByReason {
		if what := reasonWords[reason]; n > 0 && picked(what) {
			lines = append(lines, Line{n, reason, what.text, what.help})
			all -= n
		}
	}
	slices.SortFunc(lines, func(a, b Line) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(b.Count, a.Count), cmp.Compare(a.Reason, b.Reason))
	})
	if rest.Count = all; all > 0 {
		lines = append(lines, rest)
	}
	return lines
}

func rank(l Line) int {
	if l.Reason == adcimport.ReasonPossibleMatch {
		return 0
	}
	return 1
}
