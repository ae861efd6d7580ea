package conformance_test

import (
	"context"
	"strings"
	"testing"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/adcimporttest/conformance"
)

// customersOf is a sink for customers with one mistake.
type customersOf struct {
	adcimport.CustomerSink

	found   func(keys []adcimport.CustomerKey, found map[string][]string)
	created func([]adcimport.WriteResult, error) ([]adcimport.WriteResult, error)
}

func (c customersOf) FindCustomers(ctx context.Context, keys []adcimport.CustomerKey) (map[string][]string, error) {
	found, err := c.CustomerSink.FindCustomers(ctx, keys)
	if c.found != nil && err == nil {
		c.found(keys, found)
	}
	return found, err
}

func (c customersOf) CreateCustomers(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
	results, err := c.CustomerSink.CreateCustomers(ctx, recs)
	if c.created != nil {
		return c.created(results, err)
	}
	return results, err
}

// Who wrote a sink reads of a mistake what to do, and no more of 300 records than helps.
func TestSink_failuresSayWhatToDo(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		sink customersOf
		says []string
	}{
		"entries without ids": {
			customersOf{found: func(keys []adcimport.CustomerKey, found map[string][]string) {
				for _, k := range keys {
					found[k.ID] = append([]string{}, found[k.ID]...)
				}
			}},
			[]string{"found among many: 7000000 has an entry without ids: leave out what is not there; 7000002 has", "; and 294 more"},
		},
		"the first key alone": {
			customersOf{found: func(keys []adcimport.CustomerKey, found map[string][]string) {
				for _, k := range keys[min(1, len(keys)):] {
					delete(found, k.ID)
				}
			}},
			[]string{"found among many: 7000001 has [], want ["},
		},
		"an error in place of results": {
			customersOf{created: func(results []adcimport.WriteResult, err error) ([]adcimport.WriteResult, error) {
				for _, r := range results {
					if r.Status == adcimport.WriteNotSent {
						return nil, r.Err
					}
				}
				return results, err
			}},
			[]string{"customers_check_write: ", "0 results for 3 records: each has one, also where an error is returned"},
		},
		"created without an id": {
			customersOf{created: func(results []adcimport.WriteResult, err error) ([]adcimport.WriteResult, error) {
				for i := range results {
					results[i].ID = ""
				}
				return results, err
			}},
			[]string{`is Created with id "" and error <nil>, want Created with the destination's id`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := conformance.TestSink(func() (conformance.SinkCase, error) {
				sink := tt.sink
				sink.CustomerSink = new(adcimporttest.Sink)
				return conformance.SinkCase{Sink: adcimport.CustomersOnlySink(sink)}, nil
			})
			for _, want := range tt.says {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not said: %v", want, err)
				}
			}
		})
	}
}
