package sqlstore_test

import (
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/sqlstore"
)

// Hosts start at the same time on an empty database.
func TestMigratesOnce(t *testing.T) {
	t.Parallel()
	for name, newDatabase := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDatabase(t)
			var wg sync.WaitGroup
			errs := make([]error, 6)
			for i := range errs {
				db := d.open(t)
				wg.Go(func() { _, errs[i] = sqlstore.Open(t.Context(), db, d.dialect, sqlstore.Options{}) })
			}
			wg.Wait()
			if err := errors.Join(errs...); err != nil {
				t.Fatal(err)
			}
			var rows, version int
			row := d.open(t).QueryRowContext(t.Context(), "SELECT COUNT(*), MAX(version) FROM adcimport_schema_version")
			if err := row.Scan(&rows, &version); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]int{1, 2}, []int{rows, version}); diff != "" {
				t.Errorf("rows and version (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRefusesOtherVersions(t *testing.T) {
	t.Parallel()
	for found, does := range map[int]string{
		7:  "version 7, this version reads up to 2; a later release wrote them: use that one",
		0:  "version 0, this version reads up to 2; no release wrote that: restore a backup",
		-1: "version -1, this version reads up to 2; no release wrote that",
	} {
		t.Run(strconv.Itoa(found), func(t *testing.T) {
			t.Parallel()
			onDatabases(t, func(t *testing.T, d database) {
				t.Helper()
				d.store(t, sqlstore.Options{})
				db := d.open(t)
				mustExec(t, db, "UPDATE adcimport_schema_version SET version = "+strconv.Itoa(found))
				_, err := sqlstore.Open(t.Context(), db, d.dialect, sqlstore.Options{})
				refused, ok := errors.AsType[*sqlstore.SchemaVersionError](err)
				if !ok {
					t.Fatalf("Open returned %v", err)
				}
				if diff := cmp.Diff(sqlstore.SchemaVersionError{Tables: "adcimport_", Found: found, Reads: 2}, *refused); diff != "" {
					t.Errorf("error (-want +got):\n%s", diff)
				}
				if !strings.Contains(err.Error(), does) {
					t.Errorf("%q is not in %q", does, err)
				}
				mustExec(t, db, "UPDATE adcimport_schema_version SET version = 2") // nothing else was touched
				d.store(t, sqlstore.Options{})
			})
		})
	}
}

// A step that fails leaves nothing, so that the next host begins again.
func TestMigrationIsWhole(t *testing.T) {
	t.Parallel()
	for name, newDatabase := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDatabase(t)
			db := d.open(t)
			if _, err := db.ExecContext(t.Context(), "CREATE TABLE adcimport_decided (x INTEGER)"); err != nil {
				t.Fatal(err)
			}
			if _, err := sqlstore.Open(t.Context(), db, d.dialect, sqlstore.Options{}); err == nil {
				t.Fatal("Open made a table that was there")
			}
			if _, err := db.ExecContext(t.Context(), "SELECT 1 FROM adcimport_scopes"); err == nil {
				t.Error("there is a table of the step that failed")
			}
			if _, err := db.ExecContext(t.Context(), "DROP TABLE adcimport_decided"); err != nil {
				t.Fatal(err)
			}
			if _, err := sqlstore.Open(t.Context(), db, d.dialect, sqlstore.Options{}); err != nil {
				t.Errorf("Open after the table was dropped: %v", err)
			}
		})
	}
}
