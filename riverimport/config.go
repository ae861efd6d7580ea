package riverimport

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/links"
)

// Config describes [Imports]. Pool is required; Store and Set are where it works on jobs,
// that is where Queues has one.
type Config struct {
	Pool  *pgxpool.Pool        // the database of River's tables
	Store adcimport.StateStore // the ledger that all links have
	Set   *links.Set           // opens links; its importers have Store

	// Queues are those that this process works on, with how many jobs of each at once.
	// Empty: it works on none, and only takes jobs in.
	Queues map[string]int
	// MaxRuns is how many imports may be at work in this process at once, over all of its
	// queues; 0: as many as the queues allow. A job that waits for that has its place in its
	// queue, and no lease.
	MaxRuns int
	// MaxRunsInAll is how many imports may be at work at once in all processes that say the
	// same; 0: no limit. A job for which there is no room is looked at again a few seconds
	// later, and has no place in its queue meanwhile.
	MaxRunsInAll int
	// Queue is for jobs that name none; empty: River's default.
	Queue string

	// Slice is for how long a job is at work at once; 0: ten minutes; half an hour at most.
	// A batch of records has to fit in many times: what a slice did not commit is done
	// again.
	Slice time.Duration
	// LeaseTTL is that of the links ([adcimport.Config.LeaseTTL]), the longest if they
	// differ; 0: a minute.
	LeaseTTL time.Duration

	// Schedules are what begins by itself; nil: nothing does.
	Schedules *Schedules
	// River is the host's own configuration of River, where it has jobs of its own. Workers
	// gets one more; Queues must not have those above. nil: River's defaults. Where it does
	// not say how long canceled jobs are kept, it is thirty days, for Resume.
	River  *river.Config
	Logger *slog.Logger // nil: silent
}

// What zero values mean, and what is not waited for longer.
const (
	defaultSlice = 10 * time.Minute
	longestSlice = 30 * time.Minute
	defaultLease = time.Minute
	leastTime    = time.Millisecond
	keptCanceled = 30 * 24 * time.Hour
	endTime      = 2 * time.Minute // for the end of a slice: what is on its way, the last write, notices
)

// check finds every mistake.
func (c Config) check() error {
	var wrong []error
	refuse := func(is bool, field, value, rule string) {
		if is {
			wrong = append(wrong, &adcimport.InvalidOptionsError{Field: "riverimport.Config." + field, Value: value, Rule: rule})
		}
	}
	works := len(c.Queues) > 0
	refuse(c.Pool == nil, "Pool", "", "is required")
	refuse(works && c.Store == nil, "Store", "", "is required where Queues is set")
	refuse(works && c.Set == nil, "Set", "", "is required where Queues is set")
	for _, name := range slices.Sorted(maps.Keys(c.Queues)) {
		n := c.Queues[name]
		most := river.QueueNumWorkersMax
		refuse(n < 1 || n > most, "Queues", name, "must have between 1 and "+strconv.Itoa(most)+" at once")
		if c.River != nil {
			_, twice := c.River.Queues[name]
			refuse(twice, "Queues", name, "must not be in River.Queues as well")
		}
	}
	refuse(c.MaxRuns < 0, "MaxRuns", strconv.Itoa(c.MaxRuns), "must not be negative")
	refuse(c.MaxRunsInAll < 0, "MaxRunsInAll", strconv.Itoa(c.MaxRunsInAll), "must not be negative")
	for _, r := range []struct {
		field string
		d     time.Duration
	}{{"Slice", c.Slice}, {"LeaseTTL", c.LeaseTTL}} {
		refuse(r.d < 0, r.field, r.d.String(), "must not be negative")
		refuse(r.d > 0 && r.d < leastTime, r.field, r.d.String(), "must be a millisecond or more: a number without a unit is nanoseconds")
	}
	refuse(c.Slice > longestSlice, "Slice", c.Slice.String(), "must be half an hour at most: River takes longer jobs for lost")
	return errors.Join(wrong...)
}

// withDefaults returns a copy without zero values.
func (c Config) withDefaults() Config {
	c.Queues = maps.Clone(c.Queues)
	c.Queue = cmp.Or(c.Queue, river.QueueDefault)
	c.Slice = cmp.Or(c.Slice, defaultSlice)
	c.LeaseTTL = cmp.Or(c.LeaseTTL, defaultLease)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// river is what River's client is made of.
func (c Config) river(w *worker) (*river.Config, error) {
	rc := river.Config{Logger: c.Logger}
	if c.River != nil {
		rc = *c.River
		rc.Logger = cmp.Or(rc.Logger, c.Logger)
	}
	if rc.Workers == nil {
		rc.Workers = river.NewWorkers()
	}
	if err := river.AddWorkerSafely(rc.Workers, w); err != nil {
		return nil, err
	}
	rc.Queues = maps.Clone(rc.Queues)
	if rc.Queues == nil && len(c.Queues) > 0 {
		rc.Queues = make(map[string]river.QueueConfig)
	}
	// A person may take some days to mend what a job was canceled for.
	rc.CancelledJobRetentionPeriod = cmp.Or(rc.CancelledJobRetentionPeriod, keptCanceled)
	for name, n := range c.Queues {
		rc.Queues[name] = river.QueueConfig{MaxWorkers: n}
	}
	return &rc, nil
}

// Format prints a fixed text, whatever the verb: it leads to what the host handed over.
func (Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "riverimport.Config") }

// LogValue returns a fixed text.
func (Config) LogValue() slog.Value { return slog.StringValue("riverimport.Config") }

// MarshalText returns a fixed text, also in JSON.
func (Config) MarshalText() ([]byte, error) { return []byte("riverimport.Config"), nil }
