package adcimport

import (
	"maps"
	"strconv"

	"github.com/securitytrax/adcimport/internal/engine"
	"github.com/securitytrax/adcimport/internal/fingerprint"
	"github.com/securitytrax/adcimport/internal/mapping"
)

// deed is what an update does with a field.
type deed int

const (
	toLeave deed = iota
	toWrite
	toClear
)

// Decide implements [engine.Owning]. Each field is written, cleared or left. Where no
// field changed, a rep has become known, and only that is written.
func (w *owning[R]) Decide(o *engine.Owned[R]) {
	had, now := fingerprint.Parse(o.Had), fingerprint.Parse(o.Now)
	same := had.Sum == now.Sum
	cleared, left := w.changes(o.Rec)
	o.Nothing = true
	for i, f := range w.fields {
		d := w.deedOf(o, had, i, same)
		if f.name == repField {
			d = w.deedOfRep(o, had, &now, i)
		}
		there := ""
		if o.There != nil {
			there = f.of(o.There)
		}
		switch d {
		case toLeave:
			*left = append(*left, f.name)
			f.blank(o.Rec)
		case toWrite:
			o.Nothing = o.Nothing && o.There != nil && there == f.of(o.Rec)
		case toClear:
			*cleared = append(*cleared, f.name)
			o.Nothing = o.Nothing && o.There != nil && there == ""
		}
	}
	w.decideCustom(o, had, same)
	o.Now = now.String()
}

// deedOf is what becomes of the ith field.
func (w *owning[R]) deedOf(o *engine.Owned[R], had fingerprint.Print, i int, same bool) deed {
	f := w.fields[i]
	rule := w.rule(f.name)
	switch {
	case same, rule == mapping.Never, rule == mapping.IfEmpty && (o.There == nil || f.of(o.There) != ""):
		return toLeave
	case f.on != nil, f.of(o.Rec) != "":
		return toWrite
	case rule != mapping.IfEmpty && had.Has(i):
		return toClear
	}
	return toLeave
}

// given reports whether the record names a rep that the sink has; of a stored print,
// whether the import has linked it.
func given(p fingerprint.Print, rep int) bool { return p.Has(rep) && p.Filled&fingerprint.Unfound == 0 }

// deedOfRep is what becomes of the rep. One that the import has linked belongs to the
// mapping. Else there may be one that people chose: the rep is linked where there is
// none, or the default one. The default rep itself takes no other's place.
func (w *owning[R]) deedOfRep(o *engine.Owned[R], had fingerprint.Print, now *fingerprint.Print, i int) deed {
	rule, found, linked := w.rule(repField), given(*now, i), given(had, i)
	named := now.Has(i)
	now.Filled &^= 1 << i
	switch {
	case rule == mapping.Never:
		now.Filled &^= fingerprint.Unfound
		return toLeave
	case !named && linked && w.defaultRep == "" && rule != mapping.IfEmpty:
		return toClear
	case !found:
		if named {
			now.Filled |= 1 << i
		}
		return toLeave
	case linked && rule != mapping.IfEmpty:
		now.Filled |= 1 << i
		return toWrite
	case o.There == nil: // asked again in the next run
		now.Filled |= 1<<i | fingerprint.Unfound
		w.lateReps.Store(true)
		return toLeave
	}
	if there := w.fields[i].of(o.There); there == "" || there == w.defaultRep {
		now.Filled |= 1 << i
		return toWrite
	}
	return toLeave
}

// decideCustom does the same for custom attributes.
func (w *owning[R]) decideCustom(o *engine.Owned[R], had fingerprint.Print, same bool) {
	custom := w.custom(o.Rec)
	*custom = maps.Clone(*custom)
	cleared, left := w.changes(o.Rec)
	for _, name := range w.customs {
		there, known := "", o.There != nil
		if known {
			there = (*w.custom(o.There))[name]
		}
		rule, value := w.rule("Custom."+name), (*custom)[name]
		switch {
		case same, rule == mapping.Never, rule == mapping.IfEmpty && (!known || there != ""), value == "" && !had.HasCustom(name):
			*left = append(*left, "Custom."+name)
			delete(*custom, name)
		case value != "":
			o.Nothing = o.Nothing && known && there == value
		case rule != mapping.IfEmpty:
			*cleared = append(*cleared, "Custom."+name)
			o.Nothing = o.Nothing && known && there == ""
		}
	}
}

// checkOwned refuses rules that ask for what the sink has to be read, and that it
// cannot read.
func checkOwned(m Mapping, kind Kind, owned map[string]mapping.Ownership, reads bool) error {
	var problems []mapping.Problem
	for i, r := range m.Rules {
		if own, ok := owned[r.To]; ok && own.Overwrite == mapping.IfEmpty && !reads {
			problems = append(problems, mapping.Problem{
				Rule: i, Field: r.To, Path: "rules[" + strconv.Itoa(i) + "].overwrite", Err: &noReaderError{kind},
			})
		}
	}
	return mappingErrors(problems)
}

// noReaderError is for if_empty over a sink that cannot read.
type noReaderError struct{ kind Kind }

func (e *noReaderError) Error() string {
	ability := "CustomerReader"
	if e.kind == KindUser {
		ability = "UserReader"
	}
	return "if_empty needs a sink that can read " + string(e.kind) + "s, and this one is no " + ability
}

// lateRepsUnlinked is a warning of a run.
const lateRepsUnlinked = "sales reps of customers are known by now, and not linked: " +
	"people may have chosen others, and the sink is no CustomerReader"
