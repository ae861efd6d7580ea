package alarmcom

import (
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom/internal/account"
)

// SetWait replaces the wait before a repeat.
func (s *Source) SetWait(d time.Duration) { s.client.Wait = func(int) time.Duration { return d } }

// For tests: what parses.

func ParseDate(s string) (time.Time, bool) { return account.ParseDate(s) }

func ParseCursor(c adcimport.Cursor) (branch, id int64, ok bool) {
	p, ok := parseCursor(c)
	return p.branch, p.id, ok
}

// RewriteCursor writes what it read.
func RewriteCursor(c adcimport.Cursor) (adcimport.Cursor, bool) {
	p, ok := parseCursor(c)
	return p.cursor(), ok
}

func FormatCursor(branch, id int64, again bool, owed ...int64) adcimport.Cursor {
	return place{branch: branch, id: id, again: again, owed: owed}.cursor()
}
