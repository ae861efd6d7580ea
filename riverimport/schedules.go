package riverimport

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/links"
)

// Schedules are [links.Schedules] in PostgreSQL, for any number of hosts and workers. A
// worker that has them ([Config.Schedules]) takes a job in for each time that comes, in the
// transaction in which it notes that: there is one job for a time. They serve
// [links.Set.RunSchedules] as well. Make them with [NewSchedules].
type Schedules struct {
	pool  func() *pgxpool.Pool
	table string
}

var _ links.Schedules = (*Schedules)(nil)

// tableForm keeps the table's name from being anything but a name.
var tableForm = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`)

// scheduleTable checks the name of the table.
func scheduleTable(name string) (string, error) {
	if name == "" {
		name = "adcimport_schedules"
	}
	if !tableForm.MatchString(name) {
		return "", &adcimport.InvalidOptionsError{
			Field: "riverimport.Schedules.table", Value: name, Rule: "must be at most 63 of a-z, 0-9 and _, and not begin with a digit",
		}
	}
	return name, nil
}

func createSchedules(table string) string {
	return `CREATE TABLE IF NOT EXISTS ` + table + ` (
	link     TEXT COLLATE "C" NOT NULL,
	kind     TEXT COLLATE "C" NOT NULL,
	schedule JSONB NOT NULL,
	since    TIMESTAMPTZ NOT NULL,
	started  TIMESTAMPTZ,
	next     TIMESTAMPTZ,
	PRIMARY KEY (link, kind)
);
CREATE INDEX IF NOT EXISTS ` + table + `_next ON ` + table + ` (next) WHERE next IS NOT NULL`
}

// NewSchedules makes [Schedules] over a table that [Migrate] made; empty:
// adcimport_schedules.
func NewSchedules(pool *pgxpool.Pool, table string) (*Schedules, error) {
	if pool == nil {
		return nil, &adcimport.InvalidOptionsError{Field: "riverimport.NewSchedules.pool", Rule: "is required"}
	}
	table, err := scheduleTable(table)
	if err != nil {
		return nil, err
	}
	return &Schedules{pool: func() *pgxpool.Pool { return pool }, table: table}, nil
}

// stored is a row of the table.
type stored struct {
	schedule links.Schedule
	since    time.Time
	started  *time.Time
}

const storedColumns = "schedule, since, started"

func (r *stored) scan(row pgx.Row) error {
	var text []byte
	if err := row.Scan(&text, &r.since, &r.started); err != nil {
		return err
	}
	return json.Unmarshal(text, &r.schedule)
}

// due is the last time that has come and was not started; zero: there is none.
func (r *stored) due(now time.Time) time.Time {
	t := r.schedule.Last(now)
	if r.schedule.Off || !t.After(r.since) || r.started != nil && !t.After(*r.started) {
		return time.Time{}
	}
	return t
}

// next is the time from which on it has to be looked at; nil: never.
func (r *stored) next() *time.Time {
	from := r.since
	if r.started != nil && r.started.After(from) {
		from = *r.started
	}
	t := r.schedule.Next(from)
	if r.schedule.Off || t.IsZero() {
		return nil
	}
	return &t
}

// Get is that of [links.Schedules].
func (s *Schedules) Get(ctx context.Context, link string, k adcimport.Kind) (links.Schedule, error) {
	var r stored
	err := r.scan(s.pool().QueryRow(ctx, "SELECT "+storedColumns+" FROM "+s.table+" WHERE link = $1 AND kind = $2", link, string(k)))
	if errors.Is(err, pgx.ErrNoRows) {
		err = adcimport.ErrNotFound
	}
	if err != nil {
		return links.Schedule{}, fmt.Errorf("schedule of %ss of link %s: %w", k, link, err)
	}
	return r.schedule, nil
}

// Set is that of [links.Schedules]; since when it is set is by the database's clock.
func (s *Schedules) Set(ctx context.Context, sc links.Schedule) error {
	if err := sc.Check(); err != nil {
		return err
	}
	err := pgx.BeginFunc(ctx, s.pool(), func(tx pgx.Tx) error {
		var now time.Time
		if err := tx.QueryRow(ctx, "SELECT clock_timestamp()").Scan(&now); err != nil {
			return err
		}
		r := stored{schedule: sc, since: now}
		var was stored
		err := was.scan(tx.QueryRow(ctx, "SELECT "+storedColumns+" FROM "+s.table+" WHERE link = $1 AND kind = $2 FOR UPDATE",
			sc.Link, string(sc.Kind)))
		switch {
		case errors.Is(err, pgx.ErrNoRows):
		case err != nil:
			return err
		default:
			r.started = was.started
			if old := was.schedule; !old.Off && old.At == sc.At && old.Zone == sc.Zone && slices.Equal(old.Days, sc.Days) {
				r.since = was.since
			}
		}
		text, err := json.Marshal(sc)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "INSERT INTO "+s.table+" (link, kind, schedule, since, started, next) VALUES ($1, $2, $3, $4, $5, $6)"+
			" ON CONFLICT (link, kind) DO UPDATE SET schedule = $3, since = $4, next = $6",
			sc.Link, string(sc.Kind), string(text), r.since, r.started, r.next())
		return err
	})
	if err != nil {
		return fmt.Errorf("keep the schedule of %ss of link %s: %w", sc.Kind, sc.Link, err)
	}
	return nil
}

// Due is that of [links.Schedules].
func (s *Schedules) Due(ctx context.Context, now time.Time) ([]links.Due, error) {
	rows, err := s.pool().Query(ctx, "SELECT "+storedColumns+" FROM "+s.table+" WHERE next <= $1 ORDER BY link, kind DESC", now) // users first
	if err != nil {
		return nil, fmt.Errorf("list what is due: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r stored, err error) {
		err = r.scan(row)
		return r, err
	})
	if err != nil {
		return nil, fmt.Errorf("list what is due: %w", err)
	}
	var due []links.Due
	for _, r := range all {
		if t := r.due(now); !t.IsZero() {
			due = append(due, links.Due{Schedule: r.schedule, Time: t})
		}
	}
	return due, nil
}

// Started is that of [links.Schedules].
func (s *Schedules) Started(ctx context.Context, d links.Due) error {
	err := pgx.BeginFunc(ctx, s.pool(), func(tx pgx.Tx) error {
		_, err := s.claim(ctx, tx, d)
		return err
	})
	if err != nil {
		return fmt.Errorf("note that %ss of link %s were started: %w", d.Schedule.Kind, d.Schedule.Link, err)
	}
	return nil
}

// claim notes that a time was started, and reports whether nobody had.
func (s *Schedules) claim(ctx context.Context, tx pgx.Tx, d links.Due) (bool, error) {
	var r stored
	err := r.scan(tx.QueryRow(ctx, "SELECT "+storedColumns+" FROM "+s.table+" WHERE link = $1 AND kind = $2 FOR UPDATE",
		d.Schedule.Link, string(d.Schedule.Kind)))
	if errors.Is(err, pgx.ErrNoRows) || err == nil && r.started != nil && !d.Time.After(*r.started) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	r.started = &d.Time
	_, err = tx.Exec(ctx, "UPDATE "+s.table+" SET started = $3, next = $4 WHERE link = $1 AND kind = $2",
		d.Schedule.Link, string(d.Schedule.Kind), d.Time, r.next())
	return true, err
}

// scheduleEvery is how often it is looked for what is due.
const scheduleEvery = time.Minute

// errAtWork is why a time that has come waits.
var errAtWork = errors.New("the link has a job of the kind that is not at its end")

// startDue takes a job in for each time that has come. What cannot be taken in, since the
// link's last job of the kind is not at its end, is tried again until the next time comes.
func (im *Imports) startDue(ctx context.Context) error {
	due, err := im.cfg.Schedules.Due(ctx, time.Now())
	failed := []error{err}
	for _, d := range due {
		err := pgx.BeginFunc(ctx, im.cfg.Pool, func(tx pgx.Tx) error {
			first, err := im.cfg.Schedules.claim(ctx, tx, d)
			if err != nil || !first {
				return err
			}
			e, err := im.EnqueueTx(ctx, tx, scheduled(d.Schedule))
			if err == nil && e.Duplicate {
				return errAtWork // and the claim is undone
			}
			return err
		})
		if err != nil {
			failed = append(failed, fmt.Errorf("start %ss of link %s, which are due: %w", d.Schedule.Kind, d.Schedule.Link, err))
		}
	}
	return errors.Join(failed...)
}

// scheduled is the job for a schedule.
func scheduled(s links.Schedule) Job {
	label := map[string]string{"started_by": "schedule"}
	s.CustomerOptions.RunID, s.UserOptions.RunID = "", ""
	s.CustomerOptions.Labels, s.UserOptions.Labels = label, label
	return Job{
		Link: s.Link, Kind: s.Kind, CustomerFilter: s.CustomerFilter, CustomerOptions: s.CustomerOptions,
		UserFilter: s.UserFilter, UserOptions: s.UserOptions,
	}
}
