package adcimporttest_test

import (
	"context"
	"time"

	"github.com/securitytrax/adcimport"
)

func valueMistakes() map[string]func(*brokenStore) {
	return map[string]func(*brokenStore){
		"ids_exact": func(b *brokenStore) {
			b.known = func(ctx context.Context, link string, k adcimport.Kind, ids []string) (map[string]adcimport.Known, error) {
				return b.MemoryStore.Known(ctx, link, k, trimmed(ids))
			}
		},
		"outcome_values": func(b *brokenStore) {
			b.outcomesOut(func(list []adcimport.Outcome) {
				for i := range list {
					list[i].At = list[i].At.Truncate(time.Second)
				}
			})
		},
		"copies_in": func(b *brokenStore) {
			kept := make(map[string][]adcimport.FieldError)
			b.commits(func(c *adcimport.Commit) bool {
				for _, o := range c.Outcomes {
					kept[o.SourceID] = o.Fields
				}
				return false
			})
			b.outcomesOut(func(list []adcimport.Outcome) {
				for i, o := range list {
					list[i].Fields = kept[o.SourceID]
				}
			})
		},
		"copies_out": func(b *brokenStore) {
			kept := make(map[string]adcimport.RunState)
			b.run = func(ctx context.Context, id string) (adcimport.RunState, error) {
				if st, ok := kept[id]; ok {
					return st, nil
				}
				st, err := b.MemoryStore.Run(ctx, id)
				kept[id] = st
				return st, err
			}
		},
	}
}
