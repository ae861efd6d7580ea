package riverimport_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/links"
	"github.com/securitytrax/adcimport/riverimport"
	"github.com/securitytrax/adcimport/sqlstore"
)

const (
	server   = "host=127.0.0.1 port=5432 user=postgres sslmode=disable connect_timeout=5"
	leaseTTL = 2 * time.Second
	queue    = "imports"
	acme     = "acme"
)

// newPool is a schema of the test's own, dropped at the end. It skips where there is no
// server, and fails there in CI.
func newPool(tb testing.TB) *pgxpool.Pool {
	tb.Helper()
	admin, err := pgxpool.New(tb.Context(), server)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(admin.Close)
	if err := admin.Ping(tb.Context()); err != nil {
		if os.Getenv("CI") == "true" { //nolint:forbidigo // a test asks where it runs
			tb.Fatalf("no PostgreSQL on 127.0.0.1:5432: %v", err)
		}
		tb.Skipf("no PostgreSQL on 127.0.0.1:5432: %v", err)
	}
	schema := fmt.Sprintf("adcimport_river_%d_%d", os.Getpid(), time.Now().UnixNano())
	if _, err := admin.Exec(tb.Context(), "CREATE SCHEMA "+schema); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if _, err := admin.Exec(context.Background(), "DROP SCHEMA "+schema+" CASCADE"); err != nil {
			tb.Error(err)
		}
	})
	pool, err := pgxpool.New(tb.Context(), server+" pool_max_conns=8 search_path="+schema)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(pool.Close)
	return pool
}

// world is a database, and links whose two ends are in memory.
type world struct {
	tb    testing.TB
	pool  *pgxpool.Pool
	store *sqlstore.Store
	sinks map[string]*adcimporttest.Sink

	mu     sync.Mutex
	told   []adcimport.Summary
	source func(link string) source // nil: as the dealer is
	opened error
}

// source is one end of a link.
type source interface {
	adcimport.Source
	adcimport.CustomerDetailer
}

const customers = 30

func newWorld(tb testing.TB, names ...string) *world {
	tb.Helper()
	w := &world{tb: tb, pool: newPool(tb), sinks: make(map[string]*adcimporttest.Sink)}
	if err := riverimport.Migrate(tb.Context(), w.pool, riverimport.MigrateOptions{}); err != nil {
		tb.Fatal(err)
	}
	db := stdlib.OpenDB(*w.pool.Config().ConnConfig)
	tb.Cleanup(func() { _ = db.Close() })
	var err error
	if w.store, err = sqlstore.Open(tb.Context(), db, sqlstore.PostgreSQL, sqlstore.Options{}); err != nil {
		tb.Fatal(err)
	}
	for _, name := range names {
		w.sinks[name] = &adcimporttest.Sink{}
	}
	return w
}

// dealer has customers, and as many users.
func dealer() *adcimporttest.Source {
	d := &adcimporttest.Dealer{}
	for i := range customers {
		id := strconv.Itoa(i + 1)
		d.Customers = append(d.Customers, adcimport.Customer{ID: id, FirstName: "F" + id, LastName: "L" + id})
	}
	d.Users = adcimporttest.NewDealer(1, 1, 5).Users
	return &adcimporttest.Source{Dealer: d, PageSize: 10}
}

func (w *world) open(_ context.Context, link string) (adcimport.Config, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.opened != nil {
		return adcimport.Config{}, w.opened
	}
	var src source = dealer()
	if w.source != nil {
		src = w.source(link)
	}
	return adcimport.Config{
		Link: link, Source: src, Sink: w.sinks[link], Store: w.store, BatchSize: 5, Concurrency: 2,
		LeaseTTL: leaseTTL, SettleTime: 100 * time.Millisecond, MaxPause: time.Second, Notifiers: []adcimport.Notifier{w},
	}, nil
}

// Notify implements adcimport.Notifier.
func (w *world) Notify(_ context.Context, s adcimport.Summary) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told = append(w.told, s)
	return nil
}

// wantTold compares the ends that were told.
func (w *world) wantTold(want ...adcimport.RunStatus) {
	w.tb.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	var got []adcimport.RunStatus
	for _, s := range w.told {
		got = append(got, s.Status)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		w.tb.Errorf("told %v, want %v", got, want)
	}
}

// config is a worker's.
func (w *world) config() riverimport.Config {
	set, err := links.New(links.Config{Open: w.open})
	if err != nil {
		w.tb.Fatal(err)
	}
	return riverimport.Config{
		Pool: w.pool, Store: w.store, Set: set, Queues: map[string]int{queue: 4}, Queue: queue, LeaseTTL: leaseTTL,
		River: &river.Config{FetchCooldown: 10 * time.Millisecond, FetchPollInterval: 50 * time.Millisecond},
	}
}

// worker is one that works until the test ends, or it is stopped.
func (w *world) worker(change ...func(*riverimport.Config)) (*riverimport.Imports, func()) {
	w.tb.Helper()
	cfg := w.config()
	for _, c := range change {
		c(&cfg)
	}
	im, err := riverimport.New(cfg)
	if err != nil {
		w.tb.Fatal(err)
	}
	if err := im.Start(w.tb.Context()); err != nil {
		w.tb.Fatal(err)
	}
	stop := sync.OnceFunc(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := im.Stop(ctx); err != nil {
			w.tb.Error(err)
		}
		if err := cfg.Set.Close(ctx); err != nil {
			w.tb.Error(err)
		}
	})
	w.tb.Cleanup(stop)
	return im, stop
}

func customersOf(link string) riverimport.Job {
	return riverimport.Job{Link: link, Kind: adcimport.KindCustomer, CustomerOptions: adcimport.CustomerOptions{
		RunOptions: adcimport.RunOptions{Match: adcimport.MatchOff, Labels: map[string]string{"form": "7"}},
	}}
}

func (w *world) enqueue(im *riverimport.Imports, j riverimport.Job) riverimport.Enqueued {
	w.tb.Helper()
	e, err := im.Enqueue(w.tb.Context(), j)
	if err != nil {
		w.tb.Fatal(err)
	}
	return e
}

// until waits until a job is as it should be.
func (w *world) until(im *riverimport.Imports, id int64, what string, is func(*rivertype.JobRow) bool) *rivertype.JobRow {
	w.tb.Helper()
	ctx, cancel := context.WithTimeout(w.tb.Context(), 40*time.Second)
	defer cancel()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		row, err := im.River().JobGet(w.tb.Context(), id)
		if err != nil {
			w.tb.Fatal(err)
		}
		if is(row) {
			return row
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			w.tb.Fatalf("job %d is %s, and not %s: %+v %s", id, row.State, what, row.Errors, row.Metadata)
		}
	}
}

func (w *world) state(im *riverimport.Imports, id int64, want rivertype.JobState) *rivertype.JobRow {
	w.tb.Helper()
	return w.until(im, id, string(want), func(row *rivertype.JobRow) bool { return row.State == want })
}

func output(tb testing.TB, row *rivertype.JobRow) (o riverimport.Output) {
	tb.Helper()
	if err := json.Unmarshal(row.Output(), &o); err != nil {
		tb.Fatalf("output %s: %v", row.Output(), err)
	}
	return o
}

// once fails unless all customers of the link acme are there, each once.
func (w *world) once() {
	w.tb.Helper()
	seen := make(map[string]int)
	for _, c := range w.sinks[acme].Customers() {
		seen[c.Record.AlarmComID]++
	}
	if len(seen) != customers || len(w.sinks[acme].Customers()) != customers {
		w.tb.Errorf("%s has %d customers, %d of them different; want %d", acme, len(w.sinks[acme].Customers()), len(seen), customers)
	}
}

func (w *world) exec(statement string, args ...any) {
	w.tb.Helper()
	if _, err := w.pool.Exec(w.tb.Context(), statement, args...); err != nil {
		w.tb.Fatal(err)
	}
}

// slow is a source whose details take a while, or fail, or whose link is refused.
type slow struct {
	*adcimporttest.Source

	wait   time.Duration
	detail func(ctx context.Context) error
	check  func() error
	lacks  func(id string) bool // customers whose details are not valid
}

func (s slow) CustomerDetail(ctx context.Context, id string) (adcimport.Customer, error) {
	if s.detail != nil {
		if err := s.detail(ctx); err != nil {
			return adcimport.Customer{}, err
		}
	}
	select {
	case <-time.After(s.wait):
		if s.lacks != nil && s.lacks(id) {
			return adcimport.Customer{}, &adcimport.RecordError{ID: id, Reason: adcimport.ReasonInvalidRecord}
		}
		return s.Source.CustomerDetail(ctx, id)
	case <-ctx.Done():
		return adcimport.Customer{}, context.Cause(ctx)
	}
}

func (s slow) Check(ctx context.Context) error {
	if s.check != nil {
		return s.check()
	}
	return s.Source.Check(ctx)
}
