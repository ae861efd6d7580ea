package alarmcom

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/securitytrax/adcimport"
)

// listsError is the end of a listing some of whose lists cannot be had, while all
// others could be.
type listsError struct {
	branches []int64
	err      error // of the first
}

func (e *listsError) Error() string {
	return fmt.Sprintf("alarmcom: the lists of sub-dealers %s cannot be had, while others can: %v", idsText(e.branches), e.err)
}

func (e *listsError) Unwrap() error { return e.err }

// As gives an [*adcimport.CallError] that is not waited for: it is not the
// operation that is out of order.
func (e *listsError) As(target any) bool {
	failed, ok := target.(**adcimport.CallError)
	if !ok || !errors.As(e.err, failed) {
		return false
	}
	told := **failed
	if told.Err = e; told.Code != "denied" && told.Code != "not_found" {
		told.Code = "refused"
	}
	*failed = &told
	return true
}

func idsText(ids []int64) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = strconv.FormatInt(id, 10)
	}
	return strings.Join(texts, ", ")
}

// ofOneList reports whether a list may have failed for its sub-dealer alone.
func ofOneList(ctx context.Context, err error) bool {
	var e *Error
	return ctx.Err() == nil && errors.As(err, &e) &&
		!errors.Is(err, adcimport.ErrAuth) && !errors.Is(err, adcimport.ErrRateLimited)
}

func isAway(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.failure().Away()
}

// closedLists are the sub-dealers whose lists could not be had, until a run's end.
type closedLists struct {
	mu       sync.Mutex
	branches []int64
}

func (c *closedLists) add(branches []int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.branches = append(c.branches, branches...)
	slices.Sort(c.branches)
	c.branches = slices.Compact(c.branches)
}

// take returns what there is to say, and forgets it.
func (c *closedLists) take() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.branches) == 0 {
		return nil
	}
	text := "Alarm.com does not give the customers of sub-dealers " + idsText(c.branches) + ": those of others were taken"
	c.branches = nil
	return []string{text}
}
