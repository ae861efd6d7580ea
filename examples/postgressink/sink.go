package main

import (
	"context"
	"database/sql"
	_ "embed"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/securitytrax/adcimport"
)

// Sink is an [adcimport.Sink] over the tables of schema.sql. It is safe for
// concurrent use; any number of them may share a database.
type Sink struct{ db *sql.DB }

var (
	_ adcimport.Sink                   = (*Sink)(nil)
	_ adcimport.Checker                = (*Sink)(nil)
	_ adcimport.CustomerUpdater        = (*Sink)(nil)
	_ adcimport.UserUpdater            = (*Sink)(nil)
	_ adcimport.CustomerValidator      = (*Sink)(nil)
	_ adcimport.UserValidator          = (*Sink)(nil)
	_ adcimport.RepFinder              = (*Sink)(nil)
	_ adcimport.CustomerOptionsChecker = (*Sink)(nil)
	_ adcimport.UserOptionsChecker     = (*Sink)(nil)
	_ adcimport.UserTagMaker           = (*Sink)(nil)
	_ adcimport.CustomerSinkLister     = (*Sink)(nil)
	_ adcimport.UserSinkLister         = (*Sink)(nil)
)

// New makes a sink over tables that [Migrate] has made. The pool stays the
// caller's.
func New(db *sql.DB) (*Sink, error) {
	if db == nil {
		return nil, &adcimport.InvalidOptionsError{Field: "postgressink.New.db", Rule: "is required"}
	}
	return &Sink{db: db}, nil
}

//go:embed schema.sql
var schema string

// migrationLock keeps two programs from making the tables at the same time. The
// number is this program's own.
const migrationLock = "SELECT pg_advisory_xact_lock(4172603550917)"

// Migrate makes the tables that are missing, in one transaction.
func Migrate(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("make the tables: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	for _, statement := range []string{migrationLock, schema} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("make the tables: %w", err)
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("make the tables: %w", err)
	}
	return nil
}

// Check implements [adcimport.Checker]: the tables can be read.
func (s *Sink) Check(ctx context.Context) error {
	var n int
	const query = "SELECT count(*) FROM (SELECT FROM customers LIMIT 0) c, (SELECT FROM users LIMIT 0) u"
	if err := s.db.QueryRowContext(ctx, query).Scan(&n); err != nil {
		return readError("check the tables", err)
	}
	return nil
}

// pairs reads rows of two texts.
func (s *Sink) pairs(ctx context.Context, doing, query string, args ...any) ([][2]string, error) {
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, readError(doing, err)
	}
	defer func() { _ = rows.Close() }() // Err below has what matters
	var list [][2]string
	for rows.Next() {
		var p [2]string
		if err := rows.Scan(&p[0], &p[1]); err != nil {
			return nil, readError(doing, err)
		}
		list = append(list, p)
	}
	if err := rows.Err(); err != nil {
		return nil, readError(doing, err)
	}
	return list, nil
}

// found makes the answer of Find of (Alarm.com id, id).
func found(list [][2]string) map[string][]string {
	hits := make(map[string][]string)
	for _, p := range list {
		hits[p[0]] = append(hits[p[0]], p[1])
	}
	return hits
}

// storable tells whether PostgreSQL can hold a text at all. One that it cannot
// is not there, and must not spoil a query for others.
func storable(text string) bool { return utf8.ValidString(text) && !strings.Contains(text, "\x00") }

// oneOf is ids that can be asked for, as an argument for ANY.
func oneOf[K any](keys []K, id func(K) string) []string {
	ids := make([]string, 0, len(keys))
	for _, k := range keys {
		if storable(id(k)) {
			ids = append(ids, id(k))
		}
	}
	return ids
}
