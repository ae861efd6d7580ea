package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/securitytrax/adcimport"
)

// writeTimeout bounds one statement where the context does not.
const writeTimeout = 30 * time.Second

// writer carries out one write of a batch on a connection.
type writer func(ctx context.Context, conn *sql.Conn, i int) (adcimport.WriteResult, error)

// each writes the records with the given Alarm.com ids, one after the other, and
// answers one result for each. It stops where the run may not write any more,
// and, with an error, where the database is to blame and not the record.
func (s *Sink) each(ctx context.Context, doing string, ids []string, write writer) ([]adcimport.WriteResult, error) {
	results := make([]adcimport.WriteResult, len(ids))
	for i := range results {
		results[i].Status = adcimport.WriteNotSent
	}
	if len(ids) == 0 || ctx.Err() != nil {
		return results, context.Cause(ctx)
	}
	conn, err := s.db.Conn(ctx) // so that what cannot be sent is known as not sent
	if err != nil {
		return results, readError(doing, err)
	}
	defer func() { _ = conn.Close() }() // back to the pool
	for i, id := range ids {
		if err := adcimport.CheckWrite(ctx); err != nil {
			results[i].Err = fmt.Errorf("%s %s: %w", doing, id, err)
			return results, nil // and the rest is not sent either
		}
		results[i], err = oneWrite(ctx, conn, i, write)
		if err := failure(&results[i], doing, id, err); err != nil {
			return results, err
		}
	}
	return results, nil
}

// oneWrite waits for a statement that went out until the context's deadline,
// and not only until it is canceled: that would make a doubt of a good answer.
func oneWrite(ctx context.Context, conn *sql.Conn, i int, write writer) (adcimport.WriteResult, error) {
	deadline := time.Now().Add(writeTimeout)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	ctx, cancel := context.WithDeadline(context.WithoutCancel(ctx), deadline)
	defer cancel()
	return write(ctx, conn, i)
}

// failure makes the result of a write that failed, if it did. It answers an
// error where the next one would fail as well.
func failure(result *adcimport.WriteResult, doing, id string, err error) error {
	if err == nil {
		return nil
	}
	what := fmt.Sprintf("%s %s", doing, id)
	pg, replied := errors.AsType[*pgconn.PgError](err)
	switch {
	case replied && aboutRecord(pg):
		*result = refused(id, adcimport.ReasonRejectedBySink, adcimport.FieldError{
			Field: cmp.Or(pg.ColumnName, pg.ConstraintName, "record"), Rule: "is refused with SQLSTATE " + pg.Code,
		})
		return nil
	case replied && didNothing(pg), !replied && pgconn.SafeToRetry(err):
		result.Status = adcimport.WriteNotSent
	default:
		result.Status = adcimport.WriteUnknown
	}
	result.Err = readError(what, err)
	return result.Err
}

// aboutRecord: data exceptions, broken constraints, rows that are too large.
func aboutRecord(e *pgconn.PgError) bool {
	return strings.HasPrefix(e.Code, "22") || strings.HasPrefix(e.Code, "23") || strings.HasPrefix(e.Code, "54")
}

// didNothing: the server answered that it did not carry out the statement.
// Others, such as a shutdown (57), may come when it was committed already.
func didNothing(e *pgconn.PgError) bool {
	switch e.Code[:min(2, len(e.Code))] {
	case "25", "28", "40", "42", "53", "55":
		return true
	}
	return e.Code == "57014" // canceled by statement_timeout
}

// refused is a record that is refused for good.
func refused(id string, reason adcimport.Reason, fields ...adcimport.FieldError) adcimport.WriteResult {
	return adcimport.WriteResult{
		Status: adcimport.WriteRejected,
		Err:    &adcimport.RecordError{ID: id, Reason: reason, Fields: fields},
	}
}

// readError says what failed. The server's own words may quote values of
// records: only its code is told.
func readError(doing string, err error) error {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return fmt.Errorf("%s: PostgreSQL answered SQLSTATE %s", doing, pg.Code)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// sameLength is asked before updates.
func sameLength(doing string, ids, recs int) error {
	if ids == recs {
		return nil
	}
	return fmt.Errorf("%s: %d ids for %d records", doing, ids, recs)
}
