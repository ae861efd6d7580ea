package sqlstore

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"strings"
)

// schemaVersion is the only one that this package works with. Tables of version
// 1 are migrated when a store is opened.
const schemaVersion = 2

//go:embed schema/*.sql
var schema embed.FS

// SchemaVersionError says that the tables are of a newer version of this
// package, or of none that there ever was. They are left as they are.
type SchemaVersionError struct {
	Tables string // prefix of the tables
	Found  int    // version of the tables
	Reads  int    // newest version that this package reads
}

func (e *SchemaVersionError) Error() string {
	what := "a later release wrote them: use that one, or one after it"
	if e.Found < 1 {
		what = "no release wrote that: restore a backup"
	}
	return fmt.Sprintf("sqlstore: tables %s* have schema version %d, this version reads up to %d; %s", e.Tables, e.Found, e.Reads, what)
}

// migrate brings the tables up to date. A look is enough where they are, so
// that a host whose login may not create tables can open a store.
func (s *Store) migrate(ctx context.Context, prefix string, d Dialect) error {
	var found int
	err := s.retry(ctx, "read the schema version", func(ctx context.Context) error {
		return s.dialect.look(ctx, func(q querier) (err error) {
			found, err = s.schemaVersion(ctx, q, prefix)
			return err
		})
	})
	if err != nil || found == schemaVersion {
		return err
	}
	return s.write(ctx, "migrate the tables", func(ctx context.Context, tx querier) error {
		if lock := s.dialect.migrationLock(); lock != "" {
			if _, err := tx.ExecContext(ctx, lock); err != nil {
				return fmt.Errorf("lock out other migrators: %w", err)
			}
		}
		found, err := s.schemaVersion(ctx, tx, prefix) // again: another migrator may have been here
		if err != nil {
			return err
		}
		switch found {
		case 0:
			err = s.create(ctx, tx, prefix, d)
		case 1:
			m := migrating{Store: s, tx: tx, prefix: prefix, dialect: d}
			err = m.run(ctx)
		}
		if err != nil {
			return fmt.Errorf("from schema version %d to %d: %w", found, schemaVersion, err)
		}
		return nil
	})
}

// schemaVersion is 0 where there are no tables yet.
func (s *Store) schemaVersion(ctx context.Context, q querier, prefix string) (int, error) {
	var name string
	err := q.QueryRowContext(ctx, s.sql.has, prefix+"schema_version").Scan(&name)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("look for the tables: %w", err)
	}
	var v int
	if err := q.QueryRowContext(ctx, s.sql.version).Scan(&v); err != nil {
		return 0, fmt.Errorf("read %sschema_version: %w", prefix, err)
	}
	if v < 1 || v > schemaVersion {
		return 0, &SchemaVersionError{Tables: prefix, Found: v, Reads: schemaVersion}
	}
	return v, nil
}

// create makes the tables.
func (s *Store) create(ctx context.Context, tx querier, prefix string, d Dialect) error {
	text, err := schema.ReadFile(fmt.Sprintf("schema/%s.sql", d))
	if err != nil {
		return err
	}
	for statement := range strings.SplitSeq(string(text), ";\n") {
		if strings.TrimSpace(statement) == "" {
			continue
		}
		if _, err := tx.ExecContext(ctx, strings.ReplaceAll(statement, "{p}", prefix)); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, s.sql.addVersion, schemaVersion)
	return err
}
