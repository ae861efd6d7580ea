package sqlstore

import (
	"context"
	"database/sql"
)

// dialect is what differs between databases.
type dialect interface {
	// check refuses a database that cannot keep the promises.
	check(ctx context.Context) error
	// look runs do, which only reads, on no transaction; maybe more than once.
	look(ctx context.Context, do func(querier) error) error
	// begin opens a transaction that writes.
	begin(ctx context.Context) (transaction, error)
	// transient reports whether the same may succeed a little later.
	transient(err error) bool
	// words are what stands for {lock}, {clock}, {durable} and {names}
	// in statements.
	words() words
	// rows is a table of the JSON array of arrays that its one ? is given.
	rows(cols []column) string
	// ids is a table of the JSON array of texts that its one ? is given.
	ids() string
	// probe joins, to each row so far, the row of a table that cond names by its
	// primary key. It is a look into the index for each row, whatever the database
	// believes of the table's size.
	probe(table, alias, cond string) string
	// remove deletes from a table by ids, the first ?, and scope, the second, in the
	// same way.
	remove(table string) string
	// numbered reports whether parameters are $1, $2 and not ?.
	numbered() bool
	// hasTable is a query for the name of a table, which is its one ?.
	hasTable() string
	// restart makes an identity column go on from a number, or is empty where it
	// does by itself.
	restart(table, column string, next int64) string
	// migrationLock is a statement that keeps out other migrators, or empty.
	migrationLock() string
}

// words of a dialect.
type words struct {
	lock    string // behind a SELECT, to lock its rows
	clock   string // the time now, in microseconds
	durable string // makes the transaction wait for the disk
	names   string // a JSON array of the names of t
}

// querier is what statements run on: *sql.DB, *sql.Conn, *sql.Tx.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// transaction ends with commit or rollback, once.
type transaction interface {
	querier
	commit(ctx context.Context) error
	// rollback is told what went wrong.
	rollback(ctx context.Context, cause error)
}
