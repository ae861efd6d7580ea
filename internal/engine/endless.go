package engine

import (
	"fmt"
	"hash/maphash"
	"iter"

	"github.com/securitytrax/adcimport/ledger"
)

// maxIdlePages is how many pages in a row may bring nothing new, besides as many
// as brought something: a source may deliver everything twice, and a filter that
// it applies itself leaves pages empty.
const maxIdlePages = 10_000

// Ending hands on the pages of a listing, and ends one that would not end by
// itself: a cursor that comes again, or page after page without a record that
// the listing has not had.
//
//nolint:gocognit // the two rules share what they count
func Ending[S any](pages iter.Seq2[Page[S], error], from ledger.Cursor, id func(*S) string) iter.Seq2[Page[S], error] {
	return func(yield func(Page[S], error) bool) {
		cursors, ids := NewCursors(from), newIDFilter()
		brought, idle := 0, 0
		for page, err := range pages {
			if err == nil {
				idle++
				for i := range page.Items {
					if ids.add(id(&page.Items[i])) {
						idle = 0
					}
				}
				if idle == 0 {
					brought++
				}
				err = cursors.Add(page.Next)
			}
			if err == nil && page.Next != "" && idle > maxIdlePages+brought {
				err = fmt.Errorf("the listing does not end: its last %d pages brought nothing new", idle)
			}
			if err != nil {
				yield(Page[S]{}, err)
				return
			}
			if !yield(page, nil) {
				return
			}
		}
	}
}

// Cursors are the cursors of one listing, as 8 bytes each.
type Cursors struct {
	seed maphash.Seed
	seen map[uint64]struct{}
}

// NewCursors makes those of a listing that begins at from.
func NewCursors(from ledger.Cursor) *Cursors {
	s := &Cursors{seed: maphash.MakeSeed(), seen: make(map[uint64]struct{})}
	_ = s.Add(from) // the first one cannot come again
	return s
}

// Add refuses a cursor that the listing had before.
func (s *Cursors) Add(c ledger.Cursor) error {
	if c == "" {
		return nil
	}
	sum := maphash.String(s.seed, string(c))
	if _, again := s.seen[sum]; again {
		return fmt.Errorf("the listing does not end: its cursor %.64q came before", c)
	}
	s.seen[sum] = struct{}{}
	return nil
}

// idFilter tells ids that are new to a listing from those it had, at a byte for
// each. It takes a few new ones for known, and never a known one for new: for
// whole pages in a row that is exact enough.
type idFilter struct {
	seed   maphash.Seed
	layers [][]byte // Bloom filters, each twice as large as the one before
	room   int      // ids that the last layer can still take
}

const (
	firstLayer = 1 << 12 // bytes, and ids
	idProbes   = 4
)

func newIDFilter() *idFilter { return &idFilter{seed: maphash.MakeSeed()} }

// add reports whether an id is new.
func (f *idFilter) add(id string) bool {
	sum := maphash.String(f.seed, id)
	for _, layer := range f.layers {
		if inLayer(layer, sum, false) {
			return false
		}
	}
	if f.room == 0 {
		f.room = firstLayer << len(f.layers)
		f.layers = append(f.layers, make([]byte, f.room))
	}
	f.room--
	inLayer(f.layers[len(f.layers)-1], sum, true)
	return true
}

// inLayer reports whether all bits of an id are set, and may set them.
func inLayer(layer []byte, sum uint64, set bool) bool {
	bits := uint64(len(layer)) * 8 // a power of two
	step := sum>>32 | 1
	all := true
	for range idProbes {
		at, bit := sum%bits/8, byte(1)<<(sum%8)
		all = all && layer[at]&bit != 0
		if set {
			layer[at] |= bit
		}
		sum += step
	}
	return all
}
