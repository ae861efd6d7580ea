package adcimport

import "github.com/securitytrax/adcimport/ledger"

// StateStore keeps runs, intents and outcomes. Package sqlstore has durable
// ones, [MemoryStore] is for tests. Who writes one reads package ledger, which
// says what each method promises.
//
//	type StateStore interface {
//		Acquire(ctx context.Context, req ledger.LeaseRequest) (ledger.Lease, error)
//		Renew(ctx context.Context, l ledger.Lease) (ledger.Lease, error)
//		Release(ctx context.Context, l ledger.Lease, end ledger.End) (ledger.RunState, error)
//		Records(ctx context.Context, s ledger.Scope, runID string, ids []string) (map[string]ledger.Record, error)
//		List(ctx context.Context, s ledger.Scope, q ledger.Query) iter.Seq2[ledger.Record, error]
//		Commit(ctx context.Context, l ledger.Lease, c ledger.Commit) ([]ledger.IntentState, error)
//		Amend(ctx context.Context, s ledger.Scope, a []ledger.Amendment) error
//		Run(ctx context.Context, id string) (ledger.RunState, error)
//		Runs(ctx context.Context, q ledger.RunQuery) iter.Seq2[ledger.RunState, error]
//		Outcomes(ctx context.Context, runID string, from int) iter.Seq2[Outcome, error]
//		Mark(ctx context.Context, runID string, m ledger.Mark) (bool, error)
//		Prune(ctx context.Context, link string, olderThan time.Time) (int, error)
//	}
type StateStore = ledger.StateStore

// Cursor marks a place in a listing. Only the source that made it can read it:
// to everybody else it is opaque. Empty means the beginning and nothing else;
// that a listing is finished is kept apart. A cursor that the source cannot read
// is an error, never a restart.
type Cursor = ledger.Cursor

// MemoryStore is a [StateStore] that lasts as long as the process: for tests,
// previews and trials. The zero value is ready to use, and it is safe for
// concurrent use.
type MemoryStore = ledger.MemoryStore

// RunInProgressError is [ErrRunInProgress] with who holds the lease.
//
//	type RunInProgressError struct {
//		Account   string
//		Link      string // of the run that holds it; another one's where links share an account
//		Kind      Kind
//		RunID     string
//		Owner     string
//		Heartbeat time.Time     // the last one, by the store's clock
//		EndsIn    time.Duration // how long from now the lease lasts, unless it is renewed; by the store's clock
//	}
type RunInProgressError = ledger.RunInProgressError

// StateError says that stored state cannot be read. It is never taken for "no
// state": a run with it does not start over.
//
//	type StateError struct {
//		RunID string
//		What  string // what was found, as in "filter version 7, this version reads 1"
//		Err   error
//	}
type StateError = ledger.StateError
