package riverimport

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// jobs are this package's own statements on River's table. All go by the key or by the
// state, and change only what River's documentation leaves to its users: a job that is
// running is changed only where it is still the attempt that was seen.
type jobs struct {
	pool func() *pgxpool.Pool // a closure: a pool holds the text it was opened with
	sql  map[string]string

	schema string
}

// Keys of a job's metadata.
const (
	keyBeat   = "adcimport:beat"   // seconds since 1970 by the database's clock: a worker is at it
	keyResume = "adcimport:resume" // a person asked to go on from that epoch of the run
	keyPlace  = "adcimport:place"  // the attempt that has one of the places there are in all
	keyTaken  = "adcimport:taken"  // how often it was taken up after a worker died
)

func newJobs(pool *pgxpool.Pool, schema string) jobs {
	name := func(n string) string {
		if schema == "" {
			return n
		}
		return pgx.Identifier{schema, n}.Sanitize()
	}
	table, state := name("river_job"), name("river_job_state")
	own := " WHERE kind = '" + jobKind + "'"
	const attemptOf = "extract(epoch FROM attempted_at)::text"
	return jobs{pool: func() *pgxpool.Pool { return pool }, schema: schema, sql: map[string]string{
		"beat": "UPDATE " + table + " SET metadata = metadata || jsonb_build_object('output', $3::jsonb, '" + keyBeat + "'," +
			" extract(epoch FROM clock_timestamp())) WHERE id = $1 AND state = 'running' AND attempted_at = $2",
		"mine":          "SELECT state <> 'running' OR attempted_at = $2 FROM " + table + " WHERE id = $1",
		"one at a time": "SELECT pg_advisory_xact_lock(hashtextextended('" + keyPlace + " ' || current_database() || $1, 0))",
		"place": "UPDATE " + table + " SET metadata = metadata || jsonb_build_object('" + keyPlace + "', " + attemptOf + ")" +
			" WHERE id = $1 AND state = 'running' AND attempted_at = $2 AND $3 > (SELECT count(*) FROM " + table + " j" + own +
			" AND j.state = 'running' AND j.id <> $1 AND j.metadata ->> '" + keyPlace + "' = extract(epoch FROM j.attempted_at)::text)",
		"lost": "SELECT id, attempted_at FROM " + table + own + " AND state = 'running' AND" +
			" greatest(attempted_at, to_timestamp(coalesce((metadata ->> '" + keyBeat + "')::float8, 0)))" +
			" < clock_timestamp() - make_interval(secs => $1) ORDER BY id LIMIT 500",
		"take": "UPDATE " + table + " SET" +
			" state = CASE WHEN metadata ? 'cancel_attempted_at' THEN 'cancelled'::" + state + " ELSE 'available' END," +
			" finalized_at = CASE WHEN metadata ? 'cancel_attempted_at' THEN clock_timestamp() END," +
			" scheduled_at = clock_timestamp(), attempt = greatest(attempt - 1, 0)," +
			" metadata = metadata || jsonb_build_object('" + keyTaken + "', coalesce((metadata ->> '" + keyTaken + "')::int, 0) + 1)" +
			" WHERE id = $1 AND state = 'running' AND attempted_at = $2",
		"due": "UPDATE " + table + " SET state = 'available'" + own +
			" AND state IN ('scheduled', 'retryable') AND scheduled_at <= clock_timestamp()",
		"over": "SELECT id FROM " + table + " WHERE id = ANY($1) AND state IN ('cancelled', 'discarded')" +
			" AND finalized_at < clock_timestamp() - make_interval(secs => $2)",
		"resume": "UPDATE " + table + " SET metadata = metadata || jsonb_build_object('" + keyResume + "', $2::bigint)" + own +
			" AND id = $1 RETURNING id",
		"users": "SELECT EXISTS (SELECT 1 FROM " + table + own + " AND args @> jsonb_build_object('link', $1::text, 'record', 'user')" +
			" AND (state IN ('available', 'running') OR state IN ('scheduled', 'retryable')" +
			" AND (attempted_at IS NOT NULL OR scheduled_at < clock_timestamp() + interval '1 minute')))",
	}}
}

// attempt is one time that a worker has a job.
type attempt struct {
	job int64
	at  time.Time
}

// beat says that a worker is at a job, and how far it is. It reports whether the job is
// still its own.
func (j jobs) beat(ctx context.Context, a attempt, o Output) (bool, error) {
	text, err := json.Marshal(o)
	if err != nil {
		return true, err
	}
	tag, err := j.pool().Exec(ctx, j.sql["beat"], a.job, a.at, string(text))
	if err != nil {
		return true, fmt.Errorf("store the progress of job %d: %w", a.job, err)
	}
	return tag.RowsAffected() > 0, nil
}

// place takes one of so many places that there are in all processes. The attempt has it
// until it ends, or is taken up by another.
func (j jobs) place(ctx context.Context, a attempt, places int) (has bool, err error) {
	err = pgx.BeginFunc(ctx, j.pool(), func(tx pgx.Tx) error {
		// Who counts waits for who counted before, and sees what that one took.
		if _, err := tx.Exec(ctx, j.sql["one at a time"], j.schema); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, j.sql["place"], a.job, a.at, places)
		has = tag.RowsAffected() > 0
		return err
	})
	if err != nil {
		return false, fmt.Errorf("take a place for job %d: %w", a.job, err)
	}
	return has, nil
}

// mine reports whether no other worker has the job.
func (j jobs) mine(ctx context.Context, a attempt) (mine bool, err error) {
	err = j.pool().QueryRow(ctx, j.sql["mine"], a.job, a.at).Scan(&mine)
	return mine, err
}

// lost are jobs of which their workers gave no sign for so long.
func (j jobs) lost(ctx context.Context, silent time.Duration) ([]attempt, error) {
	rows, err := j.pool().Query(ctx, j.sql["lost"], silent.Seconds())
	if err != nil {
		return nil, fmt.Errorf("look for lost jobs: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (a attempt, err error) {
		err = row.Scan(&a.job, &a.at)
		return a, err
	})
	if err != nil {
		return nil, fmt.Errorf("look for lost jobs: %w", err)
	}
	return list, nil
}

// take makes a lost job available, or ends one that was to be canceled.
func (j jobs) take(ctx context.Context, a attempt) (bool, error) {
	tag, err := j.pool().Exec(ctx, j.sql["take"], a.job, a.at)
	if err != nil {
		return false, fmt.Errorf("take up job %d: %w", a.job, err)
	}
	return tag.RowsAffected() > 0, nil
}

// due makes jobs available whose time has come: River's leader does so as well, where there
// is one at the moment.
func (j jobs) due(ctx context.Context) error {
	if _, err := j.pool().Exec(ctx, j.sql["due"]); err != nil {
		return fmt.Errorf("make jobs available that are due: %w", err)
	}
	return nil
}

// over are those of jobs that were canceled or given up, so long ago.
func (j jobs) over(ctx context.Context, ids []int64, ago time.Duration) ([]int64, error) {
	rows, err := j.pool().Query(ctx, j.sql["over"], ids, ago.Seconds())
	if err != nil {
		return nil, fmt.Errorf("look for canceled jobs: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("look for canceled jobs: %w", err)
	}
	return list, nil
}

// asksToResume marks a job as one to go on with.
func (j jobs) asksToResume(ctx context.Context, tx pgx.Tx, id, epoch int64) error {
	return tx.QueryRow(ctx, j.sql["resume"], id, epoch).Scan(&id)
}

// users reports whether a link has users to import first.
func (j jobs) users(ctx context.Context, link string) (waits bool, err error) {
	err = j.pool().QueryRow(ctx, j.sql["users"], link).Scan(&waits)
	return waits, err
}
