package engine

import (
	"context"
	"fmt"

	"github.com/securitytrax/adcimport/ledger"
)

// Found is what a listing has under a filter. No record is counted twice.
type Found struct {
	Listed int
	Known  int  // of these, how many are known
	New    int  // and how many are not; one without an id that a store can keep is neither
	AtMost bool // details may leave out some more

	Excluded ledger.Excluded // accounts that the filter does not include, as far as the listing tells: not in the others
}

// Count lists what a filter selects and looks up what is known of it. It asks for no
// details, and needs no lease: it writes nothing.
func Count[S, R any](ctx context.Context, cfg *Config, link string, k ledger.Kind, flow Flow[S, R]) (Found, error) {
	var found Found
	state := ledger.RunState{Summary: ledger.Summary{Link: link, Kind: k}}
	books := &previewBooks{store: cfg.Store, scope: ledger.Scope{Account: cfg.Account, Kind: k}, state: state}
	seen := make(map[string]struct{})
	for page, err := range flow.Pages(ctx, "") {
		if err != nil {
			return Found{}, fmt.Errorf("list %ss: %w", k, err)
		}
		ids, nameless := flow.selected(&page, seen, &found.Excluded)
		found.Listed += nameless
		found.AtMost = found.AtMost || page.Partial && flow.Criteria && len(ids) > 0
		known, err := books.records(ctx, ids)
		if err != nil {
			return Found{}, fmt.Errorf("look up known %ss: %w", k, err)
		}
		found.Listed += len(ids)
		for _, id := range ids {
			if known[id].Known {
				found.Known++
			} else {
				found.New++
			}
		}
		if page.Next == "" {
			break
		}
	}
	if err := context.Cause(ctx); err != nil {
		return Found{}, err
	}
	return found, nil
}

// selected are the ids of a page that the filter selects, as far as the page tells,
// and that were not seen before; and how many of its items have none. It counts those
// that are excluded.
func (f *Flow[S, R]) selected(page *Page[S], seen map[string]struct{}, excluded *ledger.Excluded) (ids []string, nameless int) {
	for i := range page.Items {
		id := f.ID(&page.Items[i])
		_, again := seen[id]
		switch {
		case id == "":
			nameless++
		case !again && f.Wanted(id) && (page.Partial || f.Match(&page.Items[i])):
			seen[id] = struct{}{}
			if f.Excluded != nil && f.Excluded(&page.Items[i]) != "" {
				excluded.Add(f.Excluded(&page.Items[i]), 1)
				continue
			}
			ids = append(ids, id)
		}
	}
	return ids, nameless
}
