package alarmcom

import (
	"time"

	"github.com/securitytrax/adcimport"
)

// SetWait replaces the wait before a repeat.
func (s *Source) SetWait(d time.Duration) { s.wait = func(int) time.Duration { return d } }

// For tests: what parses.

func ParseDate(s string) (time.Time, bool) { return parseDate(s) }

func ParseCursor(c adcimport.Cursor) (branch, id int64, ok bool) {
	p, ok := parseCursor(c)
	return p.branch, p.id, ok
}

func FormatCursor(branch, id int64) adcimport.Cursor { return place{branch: branch, id: id}.cursor() }
