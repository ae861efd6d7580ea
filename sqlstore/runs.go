package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"iter"
	"math"
	"slices"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

// openRun adds the run of req, or sets the one that exists to running.
func (s *Store) openRun(ctx context.Context, tx querier, req ledger.LeaseRequest) error {
	n, err := affected(tx.ExecContext(ctx, s.sql.reopenRun, req.RunID, req.Link, string(req.Kind)))
	if err != nil {
		return fmt.Errorf("open the run: %w", err)
	}
	if n > 0 {
		return nil
	}
	st := req.State
	st.Status = ledger.StatusRunning
	sum, err := encodeSummary(st.Summary)
	if err != nil {
		return err
	}
	notified, err := json.Marshal(st.Notified)
	if err != nil {
		return err
	}
	args := append([]any{req.RunID, req.Link, string(req.Kind)}, sum...)
	args = append(args, st.Filter, st.Options, []byte(st.Cursor), bit(st.Listed), string(notified))
	n, err = affected(tx.ExecContext(ctx, s.sql.addRun, args...))
	if err != nil {
		return fmt.Errorf("add the run: %w", err)
	}
	if n == 0 {
		return &ledger.InvalidRequestError{Field: "LeaseRequest.RunID", Rule: "belongs to another link or kind"}
	}
	return nil
}

// endRun stores the summary of a run, but not what commits have stored.
func (s *Store) endRun(ctx context.Context, tx querier, l ledger.Lease, end ledger.RunState, call string) error {
	sum, err := encodeSummary(end.Summary)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, s.sql.endRun, append(sum, call, l.RunID)...); err != nil {
		return fmt.Errorf("store the summary: %w", err)
	}
	return nil
}

// encodeSummary is the columns from status to warnings.
func encodeSummary(sum ledger.Summary) ([]any, error) {
	counts, reasons, err := encodeCounts(sum.Counts, sum.ByReason)
	if err != nil {
		return nil, err
	}
	warnings, err := json.Marshal(sum.Warnings)
	if err != nil {
		return nil, err
	}
	return []any{
		string(sum.Status), bit(sum.DryRun), micros(sum.Started), micros(sum.Finished), micros(sum.PausedUntil),
		counts, reasons, string(warnings),
	}, nil
}

func affected(res sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// numberedRun is a run and its place among the others.
type numberedRun struct {
	ledger.RunState

	seq int64
}

func scanRun(scan func(...any) error) (numberedRun, error) {
	var (
		r                                 numberedRun
		started, finished, pausedUntil    *int64
		counts, reasons, warnings, notify string
		cursor                            []byte
	)
	err := scan(&r.RunID, &r.Link, &r.Kind, &r.Status, &r.DryRun, &started, &finished, &pausedUntil,
		&counts, &reasons, &warnings, &r.Filter, &r.Options, &cursor, &r.Listed, &notify, &r.seq)
	if err != nil {
		return numberedRun{}, err
	}
	r.Started, r.Finished, r.PausedUntil = fromNullMicros(started), fromNullMicros(finished), fromNullMicros(pausedUntil)
	r.Cursor = ledger.Cursor(cursor)
	for _, f := range []struct {
		name, text string
		into       any
	}{
		{"counts", counts, &r.Counts},
		{"counts by reason", reasons, &r.ByReason},
		{"warnings", warnings, &r.Warnings},
		{"notified", notify, &r.Notified},
	} {
		if err := json.Unmarshal([]byte(f.text), f.into); err != nil {
			return numberedRun{}, &ledger.StateError{RunID: r.RunID, What: f.name + " cannot be read", Err: err}
		}
	}
	return r, nil
}

// Run implements [ledger.StateStore].
func (s *Store) Run(ctx context.Context, id string) (ledger.RunState, error) {
	var r numberedRun
	err := s.retry(ctx, "read run "+id, func(ctx context.Context) error {
		return s.dialect.look(ctx, func(q querier) (err error) {
			r, err = scanRun(q.QueryRowContext(ctx, s.sql.run, id).Scan)
			return notFound(err)
		})
	})
	return r.RunState, err
}

// Runs implements [ledger.StateStore].
func (s *Store) Runs(ctx context.Context, link string) iter.Seq2[ledger.RunState, error] {
	return func(yield func(ledger.RunState, error) bool) {
		for r, err := range s.numberedRuns(ctx, link) {
			if !yield(r.RunState, err) {
				return
			}
		}
	}
}

func (s *Store) numberedRuns(ctx context.Context, link string) iter.Seq2[numberedRun, error] {
	return pages(ctx, runPage, func(after numberedRun) (list []numberedRun, err error) {
		if after.seq == 0 {
			after.seq = math.MaxInt64
		}
		scan := func(rows *sql.Rows) error {
			r, err := scanRun(rows.Scan)
			list = append(list, r)
			return err
		}
		err = s.read(ctx, "list runs", func() { list = nil }, scan, s.sql.runs, link, after.seq, runPage)
		return list, err
	})
}

// Outcomes implements [ledger.StateStore].
func (s *Store) Outcomes(ctx context.Context, runID string) iter.Seq2[ledger.Outcome, error] {
	return func(yield func(ledger.Outcome, error) bool) {
		var run int64
		err := s.retry(ctx, "list outcomes of run "+runID, func(ctx context.Context) error {
			return s.dialect.look(ctx, func(q querier) error {
				return notFound(q.QueryRowContext(ctx, s.sql.runSeq, runID).Scan(&run))
			})
		})
		if err != nil {
			yield(ledger.Outcome{}, err)
			return
		}
		for o, err := range s.numberedOutcomes(ctx, runID, run) {
			if !yield(o.Outcome, err) {
				return
			}
		}
	}
}

// numberedOutcome is an outcome and its place among the others of its run.
type numberedOutcome struct {
	ledger.Outcome

	n int64
}

func (s *Store) numberedOutcomes(ctx context.Context, runID string, run int64) iter.Seq2[numberedOutcome, error] {
	return pages(ctx, page, func(after numberedOutcome) (list []numberedOutcome, err error) {
		scan := func(rows *sql.Rows) error {
			o, err := scanOutcome(rows, runID)
			list = append(list, o)
			return err
		}
		err = s.read(ctx, "list outcomes of run "+runID, func() { list = nil }, scan, s.sql.outcomes, run, after.n, page)
		return list, err
	})
}

func scanOutcome(rows *sql.Rows, runID string) (numberedOutcome, error) {
	var (
		o      numberedOutcome
		fields string
		at     *int64
	)
	if err := rows.Scan(&o.n, &o.Kind, &o.SourceID, &o.SinkID, &o.Action, &o.Reason, &fields, &at); err != nil {
		return o, err
	}
	o.RunID, o.At = runID, fromNullMicros(at)
	if err := json.Unmarshal([]byte(fields), &o.Fields); err != nil {
		return o, &ledger.StateError{RunID: runID, What: "fields of an outcome cannot be read", Err: err}
	}
	return o, nil
}

// MarkNotified implements [ledger.StateStore].
func (s *Store) MarkNotified(ctx context.Context, runID, notifier string) error {
	doing := "mark run " + runID + " as notified"
	return s.write(ctx, doing, func(ctx context.Context, tx querier) error {
		var (
			text string
			list []string
		)
		if err := tx.QueryRowContext(ctx, s.sql.lockNotified, runID).Scan(&text); err != nil {
			return notFound(err)
		}
		if err := json.Unmarshal([]byte(text), &list); err != nil {
			return &ledger.StateError{RunID: runID, What: "notified cannot be read", Err: err}
		}
		if slices.Contains(list, notifier) {
			return nil
		}
		b, err := json.Marshal(append(list, notifier))
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, s.sql.setNotified, string(b), runID)
		return err
	})
}

// Prune implements [ledger.StateStore].
func (s *Store) Prune(ctx context.Context, link string, olderThan time.Time) (int, error) {
	gone := make(map[int64]struct{}) // by any attempt: the reply to one that pruned may be lost
	err := s.write(ctx, "prune runs", func(ctx context.Context, tx querier) error {
		var seqs [][1]int64
		scan := func(rows *sql.Rows) error {
			var seq int64
			if err := rows.Scan(&seq); err != nil {
				return err
			}
			gone[seq] = struct{}{}
			seqs = append(seqs, [1]int64{seq})
			return nil
		}
		if err := each(ctx, tx, scan, s.sql.prunable, link, olderThan.UnixMicro()); err != nil {
			return fmt.Errorf("find runs: %w", err)
		}
		if len(seqs) == 0 {
			return nil
		}
		list := jsonRows(seqs)
		if _, err := tx.ExecContext(ctx, s.sql.pruneOutcomes, list); err != nil {
			return fmt.Errorf("delete outcomes: %w", err)
		}
		if _, err := tx.ExecContext(ctx, s.sql.pruneRuns, list); err != nil {
			return fmt.Errorf("delete runs: %w", err)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return len(gone), nil
}
