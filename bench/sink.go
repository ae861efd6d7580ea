package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/securitytrax/adcimport"
)

// nowhere is a sink that does nothing, and counts.
type nowhere struct{ created int }

// FindCustomers implements [adcimport.CustomerSink].
func (*nowhere) FindCustomers(context.Context, []adcimport.CustomerKey) (map[string][]string, error) {
	return nil, nil //nolint:nilnil // nothing was found
}

// CreateCustomers implements [adcimport.CustomerSink].
func (s *nowhere) CreateCustomers(_ context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
	s.created += len(recs)
	results := make([]adcimport.WriteResult, len(recs))
	for i := range recs {
		results[i] = adcimport.WriteResult{Status: adcimport.WriteCreated, ID: recs[i].AlarmComID}
	}
	return results, nil
}

// table is a sink in SQLite: a row of 15 texts for each record, a transaction for
// each batch.
type table struct {
	db     *sql.DB
	insert *sql.Stmt
	find   *sql.Stmt
}

func openTable(ctx context.Context, file string) (*table, error) {
	db, err := openSQLite(file)
	if err != nil {
		return nil, err
	}
	cols := fields()
	list := cols[0] + " TEXT PRIMARY KEY, " + strings.Join(cols[1:], " TEXT, ") + " TEXT"
	made := "CREATE TABLE customers (" + list + ")" //nolint:gosec // names of its own
	if _, err := db.ExecContext(ctx, made); err != nil {
		return nil, fmt.Errorf("make the sink's table: %w", err)
	}
	t := &table{db: db}
	insert := "INSERT INTO customers VALUES (" + strings.Repeat("?, ", len(cols)-1) + "?)" //nolint:gosec // nothing but marks
	t.insert, err = db.PrepareContext(ctx, insert)
	if err != nil {
		return nil, err
	}
	t.find, err = db.PrepareContext(ctx, "SELECT c.id FROM json_each(?) j JOIN customers c ON c.id = j.value")
	return t, err
}

// openSQLite opens a database that keeps what was committed.
func openSQLite(file string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(5000)")
	if err == nil {
		db.SetMaxOpenConns(4)
		db.SetMaxIdleConns(4)
	}
	return db, err
}

// add inserts n rows in one transaction; values are those of one.
func (t *table) add(ctx context.Context, n int, values func(i int, args []any)) (err error) {
	tx, err := t.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, tx.Rollback())
		}
	}()
	stmt := tx.StmtContext(ctx, t.insert)
	args := make([]any, columns)
	for i := range n {
		values(i, args)
		if _, err := stmt.ExecContext(ctx, args...); err != nil {
			return fmt.Errorf("insert a row: %w", err)
		}
	}
	return tx.Commit()
}

// count is how many rows there are.
func (t *table) count(ctx context.Context) (n int, err error) {
	err = t.db.QueryRowContext(ctx, "SELECT count(*) FROM customers").Scan(&n)
	return n, err
}

// FindCustomers implements [adcimport.CustomerSink].
func (t *table) FindCustomers(ctx context.Context, keys []adcimport.CustomerKey) (map[string][]string, error) {
	ids := make([]string, len(keys))
	for i := range keys {
		ids[i] = keys[i].ID
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	rows, err := t.find.QueryContext(ctx, string(list))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	hits := make(map[string][]string)
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		hits[id] = []string{id}
	}
	return hits, rows.Err()
}

// CreateCustomers implements [adcimport.CustomerSink].
func (t *table) CreateCustomers(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
	results := make([]adcimport.WriteResult, len(recs))
	err := t.add(ctx, len(recs), func(i int, args []any) {
		r := &recs[i]
		results[i] = adcimport.WriteResult{Status: adcimport.WriteCreated, ID: r.AlarmComID}
		for k, v := range [columns]string{
			r.AlarmComID, r.FirstName, r.LastName, r.BusinessName, r.City, r.State, r.Zip, r.AccountNumber, r.ReceiverNumber,
			r.Custom["sub_dealer"], r.Custom["country"], r.Address1, r.Email, r.Phone1, r.Custom["origin"],
		} {
			args[k] = v
		}
	})
	if err != nil {
		return nil, err
	}
	return results, nil
}
