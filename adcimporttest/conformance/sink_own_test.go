package conformance_test

import (
	"context"

	"github.com/securitytrax/adcimport"
)

func (b *brokenSink) ReadCustomers(ctx context.Context, ids []string) (map[string]adcimport.CustomerRecord, error) {
	return b.customers.readAll(ctx, ids)
}

func (b *brokenSink) ReadUsers(ctx context.Context, ids []string) (map[string]adcimport.UserRecord, error) {
	return b.users.readAll(ctx, ids)
}

// ownMistakes are in what an update leaves and clears, and in what is read.
func ownMistakes[R any](owned func(*R) (email *string, toClear, leave *[]string)) map[string]func(*sinkCalls[R]) {
	on := func(change func(rec *R), after func(*adcimport.WriteResult)) func(*sinkCalls[R]) {
		return func(c *sinkCalls[R]) {
			update := c.update
			c.update = func(ctx context.Context, ids []string, recs []R) ([]adcimport.WriteResult, error) {
				for i := range recs {
					change(&recs[i])
				}
				results, err := update(ctx, ids, recs)
				for i := range results {
					after(&results[i])
				}
				return results, err
			}
		}
	}
	return map[string]func(*sinkCalls[R]){
		"update_leaves": on(func(rec *R) { // it writes the record as it is
			if email, toClear, leave := owned(rec); len(*leave) > 0 && *email == "" {
				*toClear, *leave = append(*toClear, *leave...), nil
			}
		}, func(*adcimport.WriteResult) {}),
		"update_clears": on(func(rec *R) { _, toClear, _ := owned(rec); *toClear = nil }, func(r *adcimport.WriteResult) {
			r.Cleared = []string{"Email"}
		}),
		"read_cancel": func(c *sinkCalls[R]) {
			read := c.readAll
			c.readAll = func(ctx context.Context, ids []string) (map[string]R, error) {
				found, err := read(ctx, ids)
				if ctx.Err() != nil {
					found, err = nil, nil
				}
				return found, err
			}
		},
		"read": func(c *sinkCalls[R]) {
			read := c.readAll
			c.readAll = func(ctx context.Context, ids []string) (map[string]R, error) {
				found, err := read(ctx, ids)
				for _, id := range ids {
					rec := found[id] // also where it is not
					found[id] = rec
				}
				return found, err
			}
		},
	}
}
