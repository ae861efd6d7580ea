// Package mail tells people of the ends of runs, and of long waits, by mail: what needs
// them first, then what became of the rest, in the words of an office, as text and as
// HTML.
//
// The Message-ID is made of the notice, so that a mail which is repeated is recognised
// as the same by mailboxes that look at it. A [Notifier] makes one attempt and returns
// its error; the importer repeats the notice later.
package mail
