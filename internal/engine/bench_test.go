package engine_test

import (
	"context"
	"iter"
	"strconv"
	"testing"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/ledger"
)

// BenchmarkEngine imports 100,000 customers into a sink that does nothing: what
// the engine itself costs.
func BenchmarkEngine(b *testing.B) {
	const records, perPage = 100_000, 1000
	source := benchSource{pages: make([]adcimport.Page[adcimport.Customer], 0, records/perPage)}
	for at := 0; at < records; at += perPage {
		page := adcimport.Page[adcimport.Customer]{Next: adcimport.Cursor(strconv.Itoa(at/perPage + 1)), Total: records}
		for i := range perPage {
			page.Items = append(page.Items, benchCustomer(strconv.Itoa(at+i+1)))
		}
		source.pages = append(source.pages, page)
	}
	source.pages[len(source.pages)-1].Next = ""
	for name, store := range map[string]func() adcimport.StateStore{
		"MemoryStore": func() adcimport.StateStore { return new(adcimport.MemoryStore) },
		"no-op store": func() adcimport.StateStore { return &benchStore{StateStore: new(adcimport.MemoryStore)} },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				imp, err := adcimport.New(adcimport.Config{
					Link: "bench", Source: adcimport.CustomersOnly(source), Sink: adcimport.CustomersOnlySink(benchSink{}), Store: store(), BatchSize: 500,
				})
				if err != nil {
					b.Fatal(err)
				}
				s, err := imp.ImportCustomers(b.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
				if err != nil || s.Counts.Created != records {
					b.Fatal(s, err)
				}
			}
			b.ReportMetric(records*float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

func benchCustomer(id string) adcimport.Customer {
	return adcimport.Customer{ID: id, FirstName: "F" + id, LastName: "L" + id, SubDealerID: "sub" + id[len(id)-1:]}
}

type benchSource struct {
	pages []adcimport.Page[adcimport.Customer]
}

func (s benchSource) Customers(ctx context.Context, _ adcimport.CustomerFilter, from adcimport.Cursor) iter.Seq2[adcimport.Page[adcimport.Customer], error] {
	return adcimport.Pages(ctx, from, func(_ context.Context, c adcimport.Cursor) (adcimport.Page[adcimport.Customer], error) {
		at, _ := strconv.Atoi(string(c))
		return s.pages[at], nil
	})
}

type benchSink struct{}

func (benchSink) FindCustomers(context.Context, []adcimport.CustomerKey) (map[string][]string, error) {
	return nil, nil
}

func (benchSink) CreateCustomers(_ context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
	res := make([]adcimport.WriteResult, len(recs))
	for i := range res {
		res[i] = adcimport.WriteResult{Status: adcimport.WriteCreated, ID: recs[i].AlarmComID}
	}
	return res, nil
}

// benchStore keeps runs and leases, and forgets records.
type benchStore struct {
	adcimport.StateStore
	counts adcimport.Counts
}

func (*benchStore) Records(context.Context, ledger.Scope, string, []string) (map[string]ledger.Record, error) {
	return nil, nil
}

func (s *benchStore) Release(ctx context.Context, l ledger.Lease, end ledger.End) (ledger.RunState, error) {
	st, err := s.StateStore.Release(ctx, l, end)
	st.Counts = s.counts
	return st, err
}

func (s *benchStore) Commit(_ context.Context, _ ledger.Lease, c ledger.Commit) ([]ledger.IntentState, error) {
	s.counts = c.Tally.Counts
	return make([]ledger.IntentState, len(c.Intents)), nil
}
