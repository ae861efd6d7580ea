package adcimport_test

import (
	"cmp"
	"context"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport"
)

const (
	sourceLatency = 50 * time.Millisecond // of a page, and of a detail
	sinkLatency   = 30 * time.Millisecond // of a look-up, and of a create
)

// far is a link whose ends are far away: each call takes its time, and the calls of
// an end may have a common pace.
type far struct {
	records, page, batch, readers int  // page, batch and readers: 0 is the default
	writers                       int  // creates at the same time within one call; 0: 4, as the real sink has
	fromSource, toSink            int  // calls a second; 0: no limit
	uneven                        bool // one detail in twenty takes ten times as long, the others less: on average they are the same
	whole                         bool // pages hold whole records: there are no details
	found                         bool // the sink has them all
}

// pace lets calls through at a rate.
type pace struct {
	mu    sync.Mutex
	next  time.Time
	every time.Duration
}

func newPace(perSecond int) *pace {
	if perSecond == 0 {
		return &pace{}
	}
	return &pace{every: time.Second / time.Duration(perSecond)}
}

func (p *pace) call(takes time.Duration) {
	p.mu.Lock()
	at := time.Now()
	if at.Before(p.next) {
		at = p.next
	}
	p.next = at.Add(p.every)
	p.mu.Unlock()
	sleepBubble(time.Until(at) + takes)
}

// detailTakes is what one detail takes.
func (f *far) detailTakes(id string) time.Duration {
	switch n, _ := strconv.Atoi(id); {
	case !f.uneven:
		return sourceLatency
	case n%20 == 7:
		return 10 * sourceLatency
	default:
		return sourceLatency * 10 / 19
	}
}

// rig is the link.
func (f *far) rig() *rig {
	r := newRig(f.records)
	r.src.PageSize, r.src.Full = f.page, f.whole
	r.cfg.BatchSize, r.cfg.Concurrency = f.batch, f.readers
	source, sink := newPace(f.fromSource), newPace(f.toSink)
	r.src.page = func(_ int, p adcimport.Page[adcimport.Customer]) (adcimport.Page[adcimport.Customer], error) {
		source.call(sourceLatency)
		return p, nil
	}
	r.src.detail = func(ctx context.Context, id string) (adcimport.Customer, error) {
		source.call(f.detailTakes(id))
		return r.src.Source.CustomerDetail(ctx, id)
	}
	r.sink.find = func(ctx context.Context, keys []adcimport.CustomerKey) (map[string][]string, error) {
		sink.call(sinkLatency)
		if !f.found {
			return r.sink.Sink.FindCustomers(ctx, keys)
		}
		hits := make(map[string][]string)
		for _, k := range keys {
			hits[k.ID] = []string{"s" + k.ID}
		}
		return hits, nil
	}
	r.sink.create = func(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
		var writers sync.WaitGroup
		todo := make(chan struct{}, len(recs))
		for range recs {
			todo <- struct{}{}
		}
		close(todo)
		for range f.writers {
			writers.Go(func() {
				for range todo {
					sink.call(sinkLatency)
				}
			})
		}
		writers.Wait()
		return r.sink.Sink.CreateCustomers(ctx, recs)
	}
	return r
}

// allowed is how long an import may take: what its slowest part takes alone, with a
// tenth for everything else, and one page and one batch that nothing else goes on
// beside.
func (f *far) allowed() time.Duration {
	least := f.parts(f.records)
	slowest := max(least.list, least.details, least.lookups, least.creates, least.source, least.sink)
	one := f.parts(min(f.batch, f.records))
	page := sourceLatency
	if f.fromSource > 0 {
		page = max(page, time.Second/time.Duration(f.fromSource))
	}
	return slowest*11/10 + page + max(one.details, one.source) + max(one.lookups+one.creates, one.sink)
}

// parts are what the parts of an import of n records take, each alone.
type parts struct {
	list, details, lookups, creates time.Duration // by latency and concurrency
	source, sink                    time.Duration // by their rates
}

func (f *far) parts(n int) parts {
	pages, batches, details, creates := (n+f.page-1)/f.page, 0, n, n
	for at := 0; at < n; at += f.page { // a batch is of one page
		batches += (min(f.page, n-at) + f.batch - 1) / f.batch
	}
	if f.whole {
		details = 0
	}
	if f.found {
		creates = 0
	}
	took := func(calls int, latency time.Duration, side int) time.Duration {
		return time.Duration(calls) * latency / time.Duration(side)
	}
	p := parts{
		list: took(pages, sourceLatency, 1), details: took(details, sourceLatency, f.readers),
		lookups: took(batches, sinkLatency, 1), creates: took(creates, sinkLatency, f.writers),
	}
	if f.fromSource > 0 {
		p.source = took(pages+details, time.Second, f.fromSource)
	}
	if f.toSink > 0 {
		p.sink = took(batches+creates, time.Second, f.toSink)
	}
	return p
}

// An import takes as long as its slowest part takes alone: details do not wait for
// each other's batches, nor for pages or look-ups, and the writer waits for none that
// could be ready.
func TestLatency(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]far{
		"the defaults":                           {},
		"a few records":                          {records: 30},
		"the rates of both clients":              {fromSource: 5, toSink: 10, records: 500},
		"the source is paced":                    {fromSource: 50},
		"the sink is paced":                      {toSink: 50},
		"uneven details":                         {uneven: true, writers: 10},
		"uneven details, paced":                  {uneven: true, writers: 10, fromSource: 100},
		"uneven details, small batches":          {uneven: true, writers: 10, batch: 20},
		"the sink is slower":                     {readers: 32, writers: 4},
		"the source is slower":                   {readers: 4, writers: 20},
		"one detail at a time":                   {readers: 1, writers: 20, records: 300},
		"one create at a time":                   {writers: 1, records: 500},
		"small batches":                          {batch: 8, writers: 8},
		"small batches, many readers":            {batch: 8, readers: 32, writers: 8},
		"batches of one":                         {batch: 1, writers: 1, records: 300},
		"large batches":                          {batch: 500, page: 1000, writers: 20, records: 5000},
		"small pages":                            {page: 8, writers: 8},
		"small pages, many readers":              {page: 16, readers: 16, writers: 16},
		"many batches a page":                    {page: 1000, batch: 50, writers: 10},
		"whole pages":                            {whole: true, writers: 20},
		"whole pages, the list is slower":        {whole: true, page: 20, writers: 20},
		"whole pages, all are in the sink":       {whole: true, found: true},
		"all are in the sink":                    {found: true},
		"small batches, all are in the sink":     {found: true, batch: 10, readers: 32},
		"all are in the sink, and it is paced":   {found: true, batch: 10, readers: 32, toSink: 20},
		"the source is paced, and small batches": {fromSource: 50, batch: 10, writers: 5},
		"the sink is paced, and small batches":   {toSink: 50, batch: 10, writers: 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f.records = cmp.Or(f.records, 2000)
				f.writers = cmp.Or(f.writers, 4)
				r := f.rig()
				f.page, f.batch, f.readers = cmp.Or(f.page, 100), cmp.Or(f.batch, 100), cmp.Or(f.readers, 8)
				began := time.Now()
				s, err := r.customers(t)
				took, allowed := time.Since(began), f.allowed()
				want := adcimport.Counts{Read: f.records, Created: f.records}
				if f.found {
					want = adcimport.Counts{Read: f.records, Linked: f.records}
				}
				completed(t, s, err, want)
				t.Logf("%d records took %v of %v, %.0f %%", f.records, took, allowed, 100*took.Seconds()/allowed.Seconds())
				if took > allowed {
					t.Errorf("%d records took %v, want at most %v", f.records, took, allowed)
				}
			})
		})
	}
}
