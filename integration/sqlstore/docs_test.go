package sqlstore_test

import (
	"os"
	"strings"
	"testing"
)

// The queries that docs/state.md shows readers in other languages work, and find
// what there is.
func TestQueriesOfTheDocs(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/state.md")
	if err != nil {
		t.Fatal(err)
	}
	onDatabases(t, func(t *testing.T, d database) {
		t.Helper()
		m := newImported(t, d)
		m.create(30)
		m.fail(3, false)
		mustExec(t, m.db, "UPDATE adcimport_scopes SET account = 'account-1'")
		mustExec(t, m.db, "UPDATE adcimport_records SET id = '12345678' WHERE id = '00000007'")
		mustExec(t, m.db, "UPDATE adcimport_exceptions SET state = 'review' WHERE id = 'f-00000000'")
		want := map[string]int{"AS place": 33, "'review'": 1, "AS run": 1, "progress_read": 1}
		for _, query := range queriesIn(string(text), string(d.dialect)) {
			rows, err := m.db.QueryContext(t.Context(), query)
			if err != nil {
				t.Fatalf("%s: %v", query, err)
			}
			n := 0
			for rows.Next() {
				n++
			}
			if err := rows.Err(); err != nil {
				t.Fatalf("%s: %v", query, err)
			}
			_ = rows.Close()
			for part, rows := range want {
				if strings.Contains(query, part) {
					if n != rows {
						t.Errorf("%d rows, want %d, of %s", n, rows, query)
					}
					delete(want, part)
				}
			}
		}
		if len(want) > 0 {
			t.Errorf("there is no query with %v", sorted(want))
		}
	})
}

// queriesIn are the SQL statements of a text for a dialect.
func queriesIn(text, dialect string) []string {
	var list []string
	for i, part := range strings.Split(text, "```") {
		body, ok := strings.CutPrefix(part, "sql\n")
		if i%2 == 0 || !ok {
			continue
		}
		for query := range strings.SplitSeq(body, ";\n") {
			first, _, _ := strings.Cut(strings.TrimSpace(query), "\n")
			only, marked := strings.CutPrefix(first, "-- ")
			if strings.TrimSpace(query) != "" && (!marked || strings.EqualFold(only, dialect)) {
				list = append(list, query)
			}
		}
	}
	return list
}
