package links

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/guard"
)

// RunSchedules starts what is due, minute by minute, until ctx ends or the set is
// closed, and returns why it ended. The host calls it in a goroutine of its own, once.
//
// A run that is started has an id of its link, its kind and its time: whatever dies
// or is repeated on the way, and whichever of several hosts comes first, there is
// one run for a time. It has the label started_by with the value schedule. What was
// missed while no host was up is started once, however often its time came. Users
// are started before the customers of the same link; where customers should find
// the reps that come in with them, give the customers a later time.
//
// What cannot be started is told to [Config.NotStarted] and the log, and tried again
// after a minute, later after an hour, until its next time comes. A run of the kind
// that is still at work is waited for like that, too.
func (s *Set) RunSchedules(ctx context.Context, schedules Schedules) error {
	later := make(map[string]attempt)
	for {
		if err := s.startDue(ctx, schedules, later); err != nil {
			s.cfg.Logger.WarnContext(ctx, "schedules cannot be read", slog.Any("error", err))
		}
		now := time.Now()
		next := time.NewTimer(now.Truncate(time.Minute).Add(time.Minute).Sub(now))
		select {
		case <-next.C:
		case <-ctx.Done():
			next.Stop()
			return context.Cause(ctx)
		case <-s.ctx.Done():
			next.Stop()
			return context.Cause(s.ctx) //nolint:contextcheck // the set is closed
		}
	}
}

// attempt is a start that failed.
type attempt struct {
	tries int
	again time.Time
}

const longestRetry = time.Hour

// startDue starts what is due now. It keeps in later what could not be started.
func (s *Set) startDue(ctx context.Context, schedules Schedules, later map[string]attempt) error {
	now := time.Now()
	due, err := schedules.Due(ctx, now)
	if err != nil {
		return err
	}
	slices.SortStableFunc(due, func(a, b Due) int {
		return cmp.Or(cmp.Compare(a.Schedule.Link, b.Schedule.Link), -cmp.Compare(a.Schedule.Kind, b.Schedule.Kind)) // users first
	})
	tried := make(map[string]attempt) // what is not due any more is forgotten
	var ready []Due
	for _, d := range due {
		if a, ok := later[d.runID()]; ok && now.Before(a.again) {
			tried[d.runID()] = a
		} else {
			ready = append(ready, d)
		}
	}
	failed := make([]error, len(ready))
	var groups [][]int // by link
	for i, d := range ready {
		if i == 0 || ready[i-1].Schedule.Link != d.Schedule.Link {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], i)
	}
	s.each(len(groups), func(g int) {
		for _, i := range groups[g] {
			failed[i] = s.startOne(ctx, schedules, ready[i])
		}
	})
	for i, d := range ready {
		if failed[i] != nil && ctx.Err() == nil && s.ctx.Err() == nil {
			tries := later[d.runID()].tries + 1
			tried[d.runID()] = attempt{tries, now.Add(min(time.Minute<<min(tries-1, 10), longestRetry))}
			s.notStarted(ctx, d, failed[i])
		}
	}
	clear(later)
	maps.Copy(later, tried)
	return nil
}

// startOne starts a run for a time that is due, and has that kept.
func (s *Set) startOne(ctx context.Context, schedules Schedules, d Due) error {
	ctx, cancel := context.WithTimeout(ctx, linkTimeout)
	defer cancel()
	own := func(o adcimport.RunOptions) adcimport.RunOptions {
		o.RunID, o.Labels = d.runID(), map[string]string{"started_by": "schedule"}
		return o
	}
	var err error
	sc := d.Schedule
	switch sc.Kind {
	case adcimport.KindCustomer:
		o := sc.CustomerOptions
		o.RunOptions = own(o.RunOptions)
		_, err = s.StartCustomers(ctx, sc.Link, sc.CustomerFilter, o)
	case adcimport.KindUser:
		o := sc.UserOptions
		o.RunOptions = own(o.RunOptions)
		_, err = s.StartUsers(ctx, sc.Link, sc.UserFilter, o)
	default:
		err = fmt.Errorf("unknown kind %q", sc.Kind)
	}
	if err != nil && !errors.Is(err, adcimport.ErrRunExists) { // that one was started before the options were changed
		return fmt.Errorf("start what is due: %w", err)
	}
	return schedules.Started(ctx, d)
}

// notStarted tells of a start that failed.
func (s *Set) notStarted(ctx context.Context, d Due, err error) {
	s.cfg.Logger.WarnContext(ctx, "a scheduled import cannot be started",
		slog.String("link", d.Schedule.Link), slog.String("kind", string(d.Schedule.Kind)), slog.Any("error", err))
	if s.cfg.NotStarted == nil {
		return
	}
	if panicked := guard.Call("links.Config.NotStarted", func() { s.cfg.NotStarted(ctx, d, err) }); panicked != nil {
		s.cfg.Logger.ErrorContext(ctx, "the host's code did not return", slog.Any("error", panicked))
	}
}

// runID is the id of the run for a time that is due.
func (d Due) runID() string {
	sum := sha256.Sum256([]byte(d.Schedule.Link + "\x00" + string(d.Schedule.Kind)))
	return "scheduled-" + hex.EncodeToString(sum[:8]) + "-" + d.Time.UTC().Format("20060102T1504Z")
}
