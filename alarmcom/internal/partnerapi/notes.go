package partnerapi

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/securitytrax/adcimport"
)

// notes is what there is to say of runs over the PartnerApi, by kind. A
// run that ends takes it all: a Source cannot tell two runs of a kind apart that
// read at the same time.
type notes struct {
	mu     sync.Mutex
	byKind map[adcimport.Kind]*kindNotes
}

type kindNotes struct {
	read  int
	given map[string]bool // by path; false: in no record so far
	texts []string
}

// of returns the notes of a kind. The caller holds mu.
func (n *notes) of(k adcimport.Kind) *kindNotes {
	if n.byKind == nil {
		n.byKind = make(map[adcimport.Kind]*kindNotes)
	}
	if n.byKind[k] == nil {
		n.byKind[k] = &kindNotes{given: make(map[string]bool)}
	}
	return n.byKind[k]
}

// say notes a text, once.
func (n *notes) say(k adcimport.Kind, text string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if of := n.of(k); !slices.Contains(of.texts, text) {
		of.texts = append(of.texts, text)
	}
}

// read notes which fields a record was given with.
func (n *notes) read(k adcimport.Kind, given map[string]bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	of := n.of(k)
	of.read++
	for path, ok := range given {
		of.given[path] = of.given[path] || ok
	}
}

func (n *notes) take(k adcimport.Kind) []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	of := n.of(k)
	delete(n.byKind, k)
	texts := of.texts
	var missing []string
	for _, path := range slices.Sorted(maps.Keys(of.given)) {
		if !of.given[path] {
			missing = append(missing, path)
		}
	}
	if len(missing) > 0 {
		texts = append(texts, fmt.Sprintf("the PartnerApi gave no %s for any of %d %ss: absent there, or hidden from this login; "+
			"what is mapped from them stays blank", strings.Join(missing, ", "), of.read, k))
	}
	return texts
}

// Say notes a text to tell at the end of a run, once.
func (a *API) Say(k adcimport.Kind, text string) { a.notes.say(k, text) }

// NoteGiven notes which fields a customer was given with.
func (a *API) NoteGiven(given map[string]bool) { a.notes.read(adcimport.KindCustomer, given) }

// TakeNotes returns what there is to say of runs of a kind, and forgets it.
func (a *API) TakeNotes(k adcimport.Kind) []string { return a.notes.take(k) }
