//go:build unix

package crash_test

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// Times of the children, short enough for a round of death and resumption in
// well under a second.
const (
	leaseTTL   = 500 * time.Millisecond
	settleTime = 200 * time.Millisecond
)

// childTimeout is for one child; it needs about one second.
const childTimeout = time.Minute

// world is what the children live in: one dealer at Alarm.com, one account in
// SecurityTrax, one database.
type world struct {
	dealer   *adcimporttest.Dealer
	source   *alarmcomtest.Server
	sink     *securitytraxtest.Server
	gateway  *gateway
	database database
	link     string
	account  string        // of links that share one; empty: the link's own
	others   []string      // the links that share it with link
	held     chan struct{} // a request whose sender is dead takes effect when it is closed; nil: within the settle time
	born     atomic.Int64
}

// newWorld makes a world with fresh services. It is closed with the test, or
// earlier.
func newWorld(tb testing.TB, seed uint64, db database, link string, options ...securitytraxtest.Option) *world {
	tb.Helper()
	dealer := adcimporttest.NewDealer(seed, 80, 30)
	w := &world{
		dealer: dealer, source: alarmcomtest.NewServer(dealer), sink: securitytraxtest.New(options...),
		database: db, link: link,
	}
	w.gateway = newGateway(w.sink.Handler(), seed)
	tb.Cleanup(w.close)
	return w
}

func (w *world) close() {
	w.gateway.close()
	w.source.Close()
}

// config is that of the next child.
func (w *world) config() childConfig {
	born := w.born.Add(1)
	src, snk := w.source.Config(), w.sink.Config()
	return childConfig{
		Name: fmt.Sprintf("child-%d", born), Link: w.link, Account: w.account, Database: w.database,
		AlarmComURL: src.BaseURL, User: alarmcomtest.DefaultUser, Password: alarmcomtest.DefaultPassword,
		SecurityTraxURL: w.gateway.server.URL + "/{profile}/user/v1", Profile: snk.Profile,
		ISPID: snk.ISPID, IntegratorKey: securitytraxtest.DefaultIntegratorKey,
		SinkUser: securitytraxtest.DefaultUsername, SinkPassword: securitytraxtest.DefaultPassword,
		OfficeID: w.sink.Choices("locations")[0].ID, GroupID: w.sink.Choices("permission_groups")[0].ID,
		LeaseTTL: leaseTTL, SettleTime: settleTime, BatchSize: 8, SinkConcurrency: 3,
	}
}

// command is a child process.
func command(ctx context.Context, cfg childConfig) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find the child program: %w", err)
	}
	text, err := json.Marshal(cfg)
	if err != nil {
		return nil, fmt.Errorf("encode the child's configuration: %w", err)
	}
	return exec.CommandContext(ctx, self, childArg, string(text)), nil
}

// gateway stands before the fake SecurityTrax. It knows when each write came
// and from whom, and can kill the writer at two moments that only a server sees.
type gateway struct {
	handler http.Handler
	server  *httptest.Server

	mu       sync.Mutex
	rng      *rand.Rand
	arrivals []arrival
	ambush   ambush
	late     sync.WaitGroup // requests that take effect after their sender's death
}

// arrival is one write that reached the server.
type arrival struct {
	At    time.Time
	Agent string
	Path  string
}

// ambush kills the sender of the nth write from now.
type ambush struct {
	point    string
	n        int
	kill     func() error
	leaseEnd func() (time.Time, error) // of the sender's lease, once it is dead
	held     <-chan struct{}           // when the server takes effect; nil: within the settle time after it
}

func newGateway(h http.Handler, seed uint64) *gateway {
	g := &gateway{handler: h, rng: rand.New(rand.NewPCG(seed, 0x67617465))}
	g.server = httptest.NewServer(g)
	return g
}

func (g *gateway) close() {
	g.late.Wait()
	g.server.Close()
}

// set lies in wait; the zero ambush ends that.
func (g *gateway) set(a ambush) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.ambush = a
}

// ServeHTTP implements http.Handler.
func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !isWrite(r) {
		g.handler.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler) // it did not come whole
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	trap, wait := g.note(r)
	ctx := context.WithoutCancel(r.Context()) // the request is here, whether its sender is or not
	r = r.WithContext(ctx)
	switch {
	case trap.kill == nil:
		_ = pause(ctx, wait)
		g.handler.ServeHTTP(w, r)
		return
	case trap.point == pointArrived:
		_ = trap.kill()
		if trap.outlive(ctx, wait) {
			g.handler.ServeHTTP(httptest.NewRecorder(), r)
		}
	default:
		g.handler.ServeHTTP(httptest.NewRecorder(), r)
		_ = trap.kill()
	}
	g.late.Done()
	panic(http.ErrAbortHandler)
}

// outlive waits until the dead sender's lease is over and some time of the
// settle time, too: that is what a server may take at most. It answers false
// where it took more, on a machine that is too busy.
func (a ambush) outlive(ctx context.Context, wait time.Duration) bool {
	if a.held != nil {
		<-a.held
		return true
	}
	end, err := a.leaseEnd()
	if err != nil {
		return false
	}
	_ = pause(ctx, time.Until(end)+wait)
	return time.Since(end) < settleTime*3/4
}

// note writes an arrival down, and answers what is to happen to its sender and
// how long the server takes.
func (g *gateway) note(r *http.Request) (ambush, time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.arrivals = append(g.arrivals, arrival{At: time.Now(), Agent: r.UserAgent(), Path: r.URL.Path})
	if g.ambush.kill != nil {
		if g.ambush.n--; g.ambush.n == 0 {
			a := g.ambush
			g.ambush = ambush{}
			g.late.Add(1)
			return a, settleTime/4 + time.Duration(g.rng.Int64N(int64(settleTime/4)))
		}
	}
	return ambush{}, time.Duration(g.rng.Int64N(int64(4 * time.Millisecond)))
}

// leaseEnd is when the lease of a dead child ends, by the database. It is asked
// for in SQL: the library has no use for it.
func (w *world) leaseEnd() (time.Time, error) {
	db, err := sql.Open(w.database.Driver, w.database.DSN)
	if err != nil {
		return time.Time{}, err
	}
	defer func() { _ = db.Close() }()
	var micros sql.NullInt64
	err = db.QueryRowContext(context.Background(),
		"SELECT max(expires) FROM adcimport_scopes WHERE released = 0 AND account = $1", cmp.Or(w.account, w.link)).Scan(&micros)
	if err == nil && !micros.Valid {
		err = sql.ErrNoRows
	}
	return time.UnixMicro(micros.Int64), err
}

// writes answers the writes of a sender, in the order of their arrival.
func (g *gateway) writes(agent string) []arrival {
	g.mu.Lock()
	defer g.mu.Unlock()
	var out []arrival
	for _, a := range g.arrivals {
		if a.Agent == agent {
			out = append(out, a)
		}
	}
	return out
}
