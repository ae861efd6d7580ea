package conformance

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/securitytrax/adcimport"
)

func personalRules[R any](what string, side func(SinkCase) *sinkSide[R]) []rule[SinkCase] {
	return []rule[SinkCase]{sinkOn(what, side)("personal",
		"no error has anything of a person: no name, phone, e-mail or street, neither in its text nor in that of what it wraps",
		sinkPersonal[R])}
}

// witness makes calls whose errors are looked at.
type witness[R any] struct {
	*sinkSide[R]

	t     *trial
	marks marks
	next  int
}

func sinkPersonal[R any](t *trial, s *sinkSide[R]) {
	w := &witness[R]{sinkSide: s, t: t, marks: marks{}}
	rec := w.marked(s.good(suiteID(0)))
	w.creates(t.ctx, "a create", rec)
	w.creates(t.ctx, "a repeated create", rec, rec)
	w.creates(canceledContext(t), "a create under a canceled context", w.marked(rec))
	ctx, cancel := past(t)
	defer cancel()
	w.creates(ctx, "a create whose deadline had passed", w.marked(rec))
	if s.lose != nil {
		s.lose()
		w.creates(t.ctx, "a create whose reply is lost", w.marked(rec))
	}
	if bad, ok := s.bad(suiteID(0)); ok {
		w.refused(bad)
	}
	w.odd(rec)
	w.others(canceledContext(t), rec)
	w.others(t.ctx, rec)
	t.noError("run", StoppedRun(t.ctx, func(ctx context.Context) { w.creates(ctx, "a create in a stopped run", w.marked(rec)) }))
}

// marked gives a record, under an id of its own, values that nothing else has.
func (w *witness[R]) marked(rec R) R {
	w.next++
	rec = w.keyed(w.clone(rec), w.next)
	for field, value := range w.personal(&rec) {
		if *value != "" {
			*value = w.mark(field)
		}
		w.marks.add(field, *value)
	}
	return rec
}

// mark is a value that a destination takes.
func (w *witness[R]) mark(field string) string {
	switch {
	case strings.Contains(field, "Phone"):
		return fmt.Sprintf("20855501%02d", w.next%100)
	case field == "Email":
		return fmt.Sprintf("quillmark%d@example.com", w.next)
	case field == "Username":
		return fmt.Sprintf("quill.user.%d", w.next)
	}
	return "Quillmark" + strings.ReplaceAll(field, ".", "")
}

// refused has a bad record as it is, and with one value of a person more.
func (w *witness[R]) refused(bad R) {
	fields := slices.Sorted(maps.Keys(w.personal(&bad)))
	for _, field := range append(fields, "") {
		w.next++
		rec := w.keyed(w.clone(bad), w.next)
		if value := w.personal(&rec)[field]; value != nil && *value == "" {
			*value = w.mark(field)
		}
		for field, value := range w.personal(&rec) {
			w.marks.add(field, *value)
		}
		w.creates(w.t.ctx, "a create that is refused", rec)
	}
}

// odd gives each value a form that many a destination refuses.
func (w *witness[R]) odd(good R) {
	for field := range w.personal(&good) {
		rec := w.marked(good)
		value := w.personal(&rec)[field]
		*value = "Quill odd " + strings.Repeat("quill ", 60) + field
		w.marks.add(field, "quill odd")
		w.creates(w.t.ctx, "a create with an odd "+field, rec)
	}
}

func (w *witness[R]) creates(ctx context.Context, call string, recs ...R) {
	for _, rec := range recs {
		if w.validate != nil {
			for _, f := range w.validate(w.clone(rec)) {
				w.marks.impersonal(w.t, "the validator", errors.New(f.Field+" "+f.Rule))
			}
		}
		results, err := w.create(ctx, []R{w.clone(rec)})
		w.wrote(call, results, err)
	}
}

func (w *witness[R]) wrote(call string, results []adcimport.WriteResult, err error) {
	w.marks.impersonal(w.t, call, err)
	for _, r := range results {
		w.marks.impersonal(w.t, call, r.Err)
	}
}

// others are the calls that are no creates.
func (w *witness[R]) others(ctx context.Context, rec R) {
	_, err := w.find(ctx, []sideKey[R]{w.key(rec)})
	w.marks.impersonal(w.t, "Find", err)
	if w.update != nil {
		results, err := w.update(ctx, []string{nobodyID}, []R{w.clone(rec)})
		w.wrote("an update of nobody", results, err)
	}
	if w.readAll != nil {
		_, err := w.readAll(ctx, []string{nobodyID})
		w.marks.impersonal(w.t, "Read", err)
	}
	if w.match != nil {
		_, err := w.match.ask(ctx, []R{w.clone(rec)})
		w.marks.impersonal(w.t, "Match", err)
	}
	if w.link != nil {
		results, err := w.link(ctx, []sideLink{{sinkID: nobodyID, id: suiteID(0)}})
		w.wrote("a link", results, err)
	}
}
