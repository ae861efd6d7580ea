package adcimport

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/securitytrax/adcimport/ledger"
)

// plan is a run before it begins: checked filter and options, and what to do.
type plan struct {
	kind    Kind
	opts    RunOptions
	filter  any    // CustomerFilter or UserFilter, for the state
	options any    // CustomerOptions or UserOptions, for the state
	mapping string // fingerprint of the mapping
	retryOf string // run id whose failed records are taken instead of a listing

	dryRun     bool // a preview: neither sink nor state is written, and nobody is told
	background bool // it goes on by itself: what passes interrupts it, and does not fail it
	late       bool // the link and the options are checked under the lease: nobody waits for the start

	resume  *ledger.RunState                              // the run to go on with; nil: a new one
	check   func(ctx context.Context, dryRun bool) error  // asks the sink about the options
	execute func(ctx context.Context, r *engineRun) error // runs the pipeline
}

// stateVersion is the version of the JSON that this code writes and reads.
const stateVersion = 1

// storedFilter is RunState.Filter.
type storedFilter[F any] struct {
	Version int    `json:"v"`
	Filter  F      `json:"filter"`
	RetryOf string `json:"retry_of,omitempty"`
}

// storedOptions is RunState.Options.
type storedOptions[O any] struct {
	Version   int      `json:"v"`
	Options   O        `json:"options"`
	Mapping   string   `json:"mapping"`
	Notifiers []string `json:"notifiers,omitempty"`
}

func (p *plan) encode(notifiers []string) (filter, options []byte, err error) {
	filter, err = json.Marshal(storedFilter[any]{Version: stateVersion, Filter: p.filter, RetryOf: p.retryOf})
	if err != nil {
		return nil, nil, fmt.Errorf("encode the filter: %w", err)
	}
	options, err = json.Marshal(storedOptions[any]{
		Version: stateVersion, Options: p.options, Mapping: p.mapping, Notifiers: notifiers,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("encode the options: %w", err)
	}
	return filter, options, nil
}

// decodeState reads what a run was started with. Anything that this version
// does not know is an error, never a silent default: a resume with half a
// filter would import the wrong records.
func decodeState[T any](runID, what string, data []byte) (T, error) {
	var zero, out T
	var head struct {
		Version int `json:"v"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return zero, &StateError{RunID: runID, What: fmt.Sprintf("%s of %d bytes is not readable", what, len(data)), Err: err}
	}
	if head.Version != stateVersion {
		return zero, &StateError{
			RunID: runID,
			What:  fmt.Sprintf("%s has version %d, this library reads version %d", what, head.Version, stateVersion),
		}
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&out); err != nil {
		return zero, &StateError{RunID: runID, What: what + " is not readable", Err: err}
	}
	return out, nil
}

// planOf makes the plan of a stored run: to go on with it, or to retry its
// failed records.
func (imp *Importer) planOf(st ledger.RunState) (*plan, error) {
	switch st.Kind {
	case KindCustomer:
		f, o, err := decodePlan[CustomerFilter, CustomerOptions](st)
		if err != nil {
			return nil, err
		}
		return imp.planCustomers(f.Filter, o.Options, f.RetryOf)
	case KindUser:
		f, o, err := decodePlan[UserFilter, UserOptions](st)
		if err != nil {
			return nil, err
		}
		return imp.planUsers(f.Filter, o.Options, f.RetryOf)
	}
	return nil, &StateError{RunID: st.RunID, What: fmt.Sprintf("unknown kind %q", st.Kind)}
}

func decodePlan[F, O any](st ledger.RunState) (f storedFilter[F], o storedOptions[O], err error) {
	if f, err = decodeState[storedFilter[F]](st.RunID, "filter", st.Filter); err != nil {
		return f, o, err
	}
	o, err = decodeState[storedOptions[O]](st.RunID, "options", withoutDryRun(st.Options))
	return f, o, err
}

// mappingOf is the mapping fingerprint and the notifiers a run was started with.
func mappingOf(st ledger.RunState) (mapping string, notifiers []string) {
	o, err := decodeState[storedOptions[json.RawMessage]](st.RunID, "options", st.Options)
	if err != nil {
		return "", nil
	}
	return o.Mapping, slices.Clone(o.Notifiers)
}
