package sqlstore_test

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/securitytrax/adcimport/sqlstore"
)

// fromFixture fills an empty database with what former code wrote.
func fromFixture(tb testing.TB, d database, folder string) {
	tb.Helper()
	if d.dialect == sqlstore.PostgreSQL {
		text, err := os.ReadFile(filepath.Join(folder, "state.sql"))
		if err != nil {
			tb.Fatal(err)
		}
		mustExec(tb, d.open(tb), string(text))
		return
	}
	packed, err := os.Open(filepath.Join(folder, "state.db.gz"))
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = packed.Close() }()
	r, err := gzip.NewReader(packed)
	if err != nil {
		tb.Fatal(err)
	}
	state, err := io.ReadAll(r)
	if err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(d.dsn[len("file:"):], state, 0o600); err != nil {
		tb.Fatal(err)
	}
}
