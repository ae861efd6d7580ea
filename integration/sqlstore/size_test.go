package sqlstore_test

import (
	"testing"

	"github.com/securitytrax/adcimport/sqlstore"
)

// bytesOf are the bytes of tables with their indexes.
var bytesOf = map[sqlstore.Dialect]string{
	sqlstore.SQLite:     `SELECT m.tbl_name, SUM(s.pgsize) FROM dbstat s JOIN sqlite_master m ON m.name = s.name GROUP BY m.tbl_name`,
	sqlstore.PostgreSQL: `SELECT relname, pg_total_relation_size(oid) FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace`,
}

// A known record is a few dozen bytes, and its outcome not much more.
func TestSizeOfKnownRecords(t *testing.T) {
	t.Parallel()
	onDatabases(t, func(t *testing.T, d database) {
		t.Helper()
		const n = 20_000
		m := newImported(t, d)
		for m.n < n {
			m.create(100)
		}
		rows, err := m.db.QueryContext(t.Context(), bytesOf[d.dialect])
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = rows.Close() }()
		size := make(map[string]int)
		for rows.Next() {
			var (
				table string
				bytes int
			)
			if err := rows.Scan(&table, &bytes); err != nil {
				t.Fatal(err)
			}
			size[table] = bytes
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		for _, table := range sorted(size) {
			t.Logf("%-28s %8d bytes, %d a record", table, size[table], size[table]/n)
		}
		if got := size["adcimport_records"] / n; got > 220 {
			t.Errorf("a known record is %d bytes", got)
		}
		if got := size["adcimport_blocks"] / n; got > 150 {
			t.Errorf("an outcome is %d bytes", got)
		}
	})
}
