package alarmcom

import (
	"slices"
	"strconv"
	"strings"

	"github.com/securitytrax/adcimport"
)

// place is what a cursor says: all before (branch, id), and that one, was
// delivered, except what is owed. Lists are sorted by id, so a place does not slip
// when a list changes.
type place struct {
	branch int64 // 0: the listing is not by branch
	id     int64
	again  bool    // the branch is one whose list failed before; all that are not owed are done
	owed   []int64 // branches before this one whose lists failed, and that are asked for again at the end
}

// cursor is "3456", or "b12:3456" in a listing by branch, or "o12:3456" where it asks
// again for what is owed; "!" begins what is still owed, as in "b12:3456!7,9".
func (p place) cursor() adcimport.Cursor {
	id := strconv.FormatInt(p.id, 10)
	if p.branch == 0 {
		return adcimport.Cursor(id)
	}
	mark := "b"
	if p.again {
		mark = "o"
	}
	text := []byte(mark + strconv.FormatInt(p.branch, 10) + ":" + id)
	for i, branch := range p.owed {
		text = strconv.AppendInt(append(text, "!,"[min(i, 1)]), branch, 10)
	}
	return adcimport.Cursor(text)
}

// parseCursor reads what place.cursor wrote, and nothing else.
func parseCursor(c adcimport.Cursor) (place, bool) {
	var p place
	var err error
	text, owed, owes := strings.Cut(string(c), "!")
	if rest, ok := cutMark(text, &p.again); ok {
		branch, id, _ := strings.Cut(rest, ":")
		if p.branch, err = strconv.ParseInt(branch, 10, 64); err != nil || p.branch == 0 {
			return place{}, false
		}
		text = id
	}
	if p.id, err = strconv.ParseInt(text, 10, 64); err != nil {
		return place{}, false
	}
	if owes {
		for part := range strings.SplitSeq(owed, ",") {
			branch, err := strconv.ParseInt(part, 10, 64)
			if err != nil {
				return place{}, false
			}
			p.owed = append(p.owed, branch)
		}
	}
	return p, p.cursor() == c && slices.IsSorted(p.owed)
}

func cutMark(text string, again *bool) (rest string, ok bool) {
	if rest, ok = strings.CutPrefix(text, "b"); ok {
		return rest, true
	}
	rest, *again = strings.CutPrefix(text, "o")
	return rest, *again
}
