package links

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/securitytrax/adcimport"
)

// LocalSchedules are the [Schedules] of a host that is one process: in memory, and
// in a file if it has one. The zero value has none. A file belongs to one process.
type LocalSchedules struct {
	path string // empty: memory only

	mu   sync.Mutex
	kept []kept // by link and kind
}

// kept is a schedule with what became of it.
type kept struct {
	Schedule Schedule  `json:"schedule"`
	Since    time.Time `json:"since"`            // times before are not due
	Started  time.Time `json:"started,omitzero"` // the last time for which there is a run

	last, next time.Time // of the schedule, as they were found last; a zone is not read every minute
}

// lastTime is [Schedule.Last].
func (k *kept) lastTime(now time.Time) time.Time {
	if now.Before(k.last) || !now.Before(k.next) {
		k.last, k.next = k.Schedule.Last(now), k.Schedule.Next(now)
	}
	return k.last
}

// schedulesFile is the file.
type schedulesFile struct {
	Version   int    `json:"v"`
	Schedules []kept `json:"schedules"`
}

const schedulesVersion = 1

// OpenSchedules reads schedules from a file, and keeps them there from then on. The
// file need not exist. One that cannot be read is an error, never no schedules.
func OpenSchedules(path string) (*LocalSchedules, error) {
	l := &LocalSchedules{path: path}
	data, err := os.ReadFile(path) //nolint:gosec // the host's own file
	if errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open schedules: %w", err)
	}
	var file schedulesFile
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("open schedules: %s: %w", path, err)
	}
	if file.Version != schedulesVersion {
		return nil, fmt.Errorf("open schedules: %s has version %d, this library reads version %d", path, file.Version, schedulesVersion)
	}
	for _, k := range file.Schedules {
		if err := k.Schedule.Check(); err != nil {
			return nil, fmt.Errorf("open schedules: %s: link %s: %w", path, k.Schedule.Link, err)
		}
	}
	l.kept = file.Schedules
	slices.SortFunc(l.kept, compareKept)
	return l, nil
}

func compareKept(a, b kept) int {
	return cmp.Or(cmp.Compare(a.Schedule.Link, b.Schedule.Link), cmp.Compare(a.Schedule.Kind, b.Schedule.Kind))
}

// find returns the place of a schedule, or where it would be. The caller holds mu.
func (l *LocalSchedules) find(link string, k adcimport.Kind) (int, bool) {
	return slices.BinarySearchFunc(l.kept, kept{Schedule: Schedule{Link: link, Kind: k}}, compareKept)
}

// Get is that of [Schedules].
func (l *LocalSchedules) Get(_ context.Context, link string, k adcimport.Kind) (Schedule, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i, ok := l.find(link, k)
	if !ok {
		return Schedule{}, fmt.Errorf("schedule of %ss of link %s: %w", k, link, adcimport.ErrNotFound)
	}
	return l.kept[i].Schedule.clone()
}

// clone shares nothing with s. What is of one run alone (RunID, Labels, OnProgress)
// is left out, as it is in a file.
func (s Schedule) clone() (Schedule, error) {
	data, err := json.Marshal(s)
	if err != nil {
		return Schedule{}, fmt.Errorf("encode a schedule: %w", err)
	}
	var c Schedule
	err = json.Unmarshal(data, &c)
	return c, err
}

// Set is that of [Schedules].
func (l *LocalSchedules) Set(_ context.Context, s Schedule) error {
	if err := s.Check(); err != nil {
		return err
	}
	s, err := s.clone()
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	next := slices.Clone(l.kept)
	i, ok := l.find(s.Link, s.Kind)
	if !ok {
		next = slices.Insert(next, i, kept{Since: time.Now()})
	} else if was := next[i].Schedule; was.Off || was.At != s.At || was.Zone != s.Zone || !slices.Equal(was.Days, s.Days) {
		next[i].Since = time.Now()
	}
	next[i].Schedule, next[i].last, next[i].next = s, time.Time{}, time.Time{}
	return l.keep(next)
}

// Due is that of [Schedules].
func (l *LocalSchedules) Due(_ context.Context, now time.Time) ([]Due, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var due []Due
	for i := range l.kept {
		k := &l.kept[i]
		if t := k.lastTime(now); !k.Schedule.Off && t.After(k.Since) && t.After(k.Started) {
			s, err := k.Schedule.clone()
			if err != nil {
				return nil, err
			}
			due = append(due, Due{s, t})
		}
	}
	return due, nil
}

// Started is that of [Schedules].
func (l *LocalSchedules) Started(_ context.Context, d Due) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	i, ok := l.find(d.Schedule.Link, d.Schedule.Kind)
	if !ok || !d.Time.After(l.kept[i].Started) {
		return nil
	}
	next := slices.Clone(l.kept)
	next[i].Started = d.Time
	return l.keep(next)
}

// keep writes the file, and then takes what is in it. The caller holds mu.
func (l *LocalSchedules) keep(next []kept) error {
	if l.path != "" {
		data, err := json.MarshalIndent(schedulesFile{schedulesVersion, next}, "", "  ")
		if err == nil {
			err = replaceFile(l.path, data)
		}
		if err != nil {
			return fmt.Errorf("keep schedules: %w", err)
		}
	}
	l.kept = next
	return nil
}

// replaceFile writes a file so that it is the old one or the new one, whenever the
// process dies.
func replaceFile(path string, data []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
