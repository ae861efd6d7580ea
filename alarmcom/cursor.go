package alarmcom

import (
	"strconv"
	"strings"

	"github.com/securitytrax/adcimport"
)

// place is what a cursor says: all before (branch, id), and that one, was
// delivered. Lists are sorted by id, so a place does not slip when a list
// changes.
type place struct {
	branch int64 // 0: the listing is not by branch
	id     int64
}

// cursor is "3456", or "b12:3456" in a listing by branch.
func (p place) cursor() adcimport.Cursor {
	id := strconv.FormatInt(p.id, 10)
	if p.branch == 0 {
		return adcimport.Cursor(id)
	}
	return adcimport.Cursor("b" + strconv.FormatInt(p.branch, 10) + ":" + id)
}

// parseCursor reads what place.cursor wrote, and nothing else.
func parseCursor(c adcimport.Cursor) (place, bool) {
	var p place
	var err error
	text := string(c)
	if rest, ok := strings.CutPrefix(text, "b"); ok {
		branch, id, _ := strings.Cut(rest, ":")
		if p.branch, err = strconv.ParseInt(branch, 10, 64); err != nil || p.branch == 0 {
			return place{}, false
		}
		text = id
	}
	if p.id, err = strconv.ParseInt(text, 10, 64); err != nil {
		return place{}, false
	}
	return p, p.cursor() == c
}
