package alarmcom

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/securitytrax/adcimport"
)

// partnerNotes is what there is to say of runs over the PartnerApi, by kind. A
// run that ends takes it all: a Source cannot tell two runs of a kind apart that
// read at the same time.
type partnerNotes struct {
	mu     sync.Mutex
	byKind map[adcimport.Kind]*kindNotes
}

type kindNotes struct {
	read  int
	given map[string]bool // by path; false: in no record so far
	texts []string
}

// of answers the notes of a kind. The caller holds mu.
func (n *partnerNotes) of(k adcimport.Kind) *kindNotes {
	if n.byKind == nil {
		n.byKind = make(map[adcimport.Kind]*kindNotes)
	}
	if n.byKind[k] == nil {
		n.byKind[k] = &kindNotes{given: make(map[string]bool)}
	}
	return n.byKind[k]
}

// say notes a text, once.
func (n *partnerNotes) say(k adcimport.Kind, text string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if notes := n.of(k); !slices.Contains(notes.texts, text) {
		notes.texts = append(notes.texts, text)
	}
}

// read notes which fields a record was given with.
func (n *partnerNotes) read(k adcimport.Kind, given map[string]bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	notes := n.of(k)
	notes.read++
	for path, ok := range given {
		notes.given[path] = notes.given[path] || ok
	}
}

func (n *partnerNotes) take(k adcimport.Kind) []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	notes := n.of(k)
	delete(n.byKind, k)
	texts := notes.texts
	var missing []string
	for _, path := range slices.Sorted(maps.Keys(notes.given)) {
		if !notes.given[path] {
			missing = append(missing, path)
		}
	}
	if len(missing) > 0 {
		texts = append(texts, fmt.Sprintf("the PartnerApi gave no %s for any of %d %ss: absent there, or hidden from this login; "+
			"what is mapped from them stays blank", strings.Join(missing, ", "), notes.read, k))
	}
	return texts
}

// Warnings says what a run over the PartnerApi could not see: each field that
// none of its records had, once; a list that kept changing. Over SOAP there is
// nothing to say.
func (s *Source) Warnings(_ context.Context, run adcimport.RunInfo) []string {
	if s.partner == nil {
		return nil
	}
	return s.partner.notes.take(run.Kind)
}
