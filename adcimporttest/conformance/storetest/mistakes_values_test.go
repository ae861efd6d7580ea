package storetest_test

import (
	"context"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

func valueMistakes() map[string]func(*brokenStore) {
	return map[string]func(*brokenStore){
		"ids_exact": func(b *brokenStore) {
			b.known = func(ctx context.Context, link string, k ledger.Kind, ids []string) (map[string]ledger.Known, error) {
				return b.MemoryStore.Known(ctx, link, k, trimmed(ids))
			}
		},
		"outcome_values": func(b *brokenStore) {
			b.outcomesOut(func(list []ledger.Outcome) {
				for i := range list {
					list[i].At = list[i].At.Truncate(time.Second)
				}
			})
		},
		"copies_in": func(b *brokenStore) {
			kept := make(map[string][]ledger.FieldError)
			b.commits(func(c *ledger.Commit) bool {
				for _, o := range c.Outcomes {
					kept[o.SourceID] = o.Fields
				}
				return false
			})
			b.outcomesOut(func(list []ledger.Outcome) {
				for i, o := range list {
					list[i].Fields = kept[o.SourceID]
				}
			})
		},
		"copies_out": func(b *brokenStore) {
			kept := make(map[string]ledger.RunState)
			b.run = func(ctx context.Context, id string) (ledger.RunState, error) {
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
