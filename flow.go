package adcimport

import (
	"errors"
	"iter"
	"maps"
	"slices"

	"github.com/securitytrax/adcimport/internal/engine"
)

// What a source and a sink say, in the engine's words.

// listing is a source's pages. It ends.
func listing[S any](pages iter.Seq2[Page[S], error], from Cursor, id func(*S) string) iter.Seq2[engine.Page[S], error] {
	return engine.Ending(func(yield func(engine.Page[S], error) bool) {
		for page, err := range pages {
			if !yield(engine.Page[S](page), err) {
				return
			}
		}
	}, from, id)
}

// detailOf is what a source says of one record: what concerns that one alone is
// its fault.
func detailOf[S any](src S, err error) (S, *engine.Fault, error) {
	if err == nil {
		return src, nil, nil
	}
	record, single := errors.AsType[*RecordError](err)
	_, panicked := errors.AsType[*PanicError](err)
	var reason Reason
	switch {
	case errors.Is(err, ErrFilteredOut):
		reason = ReasonFilteredOut
	case errors.Is(err, ErrNotFound):
		reason = ReasonSourceNotFound
	case errors.Is(err, ErrDenied):
		reason = ReasonSourceDenied
	case single, panicked:
		reason = ReasonSourceFailed
	default:
		return src, nil, err
	}
	if !single {
		record = &RecordError{}
	}
	return src, engine.NewFault(record.Reason, record.Fields, reason), nil
}

// found is what a sink's look-up says.
func found(hits map[string][]string, err error, ids []string) (map[string][]string, map[string]*engine.Fault, error) {
	faults, err := recordFaults(err, ids)
	return hits, faults, err
}

// written is what a sink's write says.
func written(results []WriteResult, err error, ids []string) ([]engine.Result, map[string]*engine.Fault, error) {
	faults, err := recordFaults(err, ids)
	list := make([]engine.Result, len(results))
	for i, res := range results {
		list[i] = engine.Result{Status: statusOf(res.Status), ID: res.ID}
		if res.Status == WriteRejected {
			// A sink's sentinels, such as ErrNotFound of an office, are not the source's.
			record, ok := errors.AsType[*RecordError](res.Err)
			if !ok {
				record = &RecordError{}
			}
			list[i].Fault = engine.NewFault(record.Reason, record.Fields, ReasonRejectedBySink)
		}
	}
	return list, faults, err
}

func statusOf(s WriteStatus) engine.Status {
	switch s {
	case WriteCreated:
		return engine.Written
	case WriteExists:
		return engine.Exists
	case WriteRejected:
		return engine.Rejected
	case WriteNotSent:
		return engine.NotSent
	case WriteUnknown:
	}
	return engine.Unknown
}

// recordFaults takes the errors of a sink that concern single records of ids out
// of err; rest is what concerns all.
func recordFaults(err error, ids []string) (faults map[string]*engine.Fault, rest error) {
	single, rest := recordErrors(err, ids)
	if len(single) == 0 {
		return nil, rest
	}
	faults = make(map[string]*engine.Fault, len(single))
	for id, e := range single {
		faults[id] = engine.NewFault(e.Reason, e.Fields, ReasonRejectedBySink)
	}
	return faults, rest
}

// recordErrors takes the errors that concern single records of ids out of err;
// rest is what concerns all. An error is wrapped around all that it wraps.
func recordErrors(err error, ids []string) (byID map[string]*RecordError, rest error) {
	switch e := err.(type) { //nolint:errorlint // the tree is taken apart level by level
	case nil:
		return nil, nil
	case *RecordError:
		if slices.Contains(ids, e.ID) {
			return map[string]*RecordError{e.ID: e}, nil
		}
	case interface{ Unwrap() []error }:
		byID = make(map[string]*RecordError)
		var others []error
		for _, part := range e.Unwrap() {
			one, other := recordErrors(part, ids)
			maps.Copy(byID, one)
			others = append(others, other)
		}
		if rest = errors.Join(others...); len(byID) == 0 {
			rest = err
		}
		return byID, rest
	case interface{ Unwrap() error }:
		if byID, rest = recordErrors(e.Unwrap(), ids); rest != nil || len(byID) == 0 {
			rest = err
		}
		return byID, rest
	}
	return nil, err
}

// values copies records for a sink, which may do with them what it likes.
func values[R any](recs []*R) []R {
	out := make([]R, len(recs))
	for i, r := range recs {
		out[i] = *r
	}
	return out
}

// provesAbsence reports whether a record that the sink does not find was never
// created there.
func (imp *Importer) provesAbsence(k Kind) (bool, error) {
	p, ok := ability[AbsenceProver](imp.cfg.Sink)
	if !ok {
		return true, nil
	}
	return guarded(imp.host, "Sink.ProvesAbsence", func() (bool, error) { return p.ProvesAbsence(k), nil })
}
