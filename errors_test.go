package adcimport_test

import (
	"errors"
	"testing"
	"time"

	"github.com/securitytrax/adcimport"
)

func TestErrors_texts(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.FixedZone("", -7*3600))
	for _, tt := range []struct {
		err  error
		is   error
		want string
	}{
		{
			&adcimport.RunInProgressError{Link: "l", Kind: adcimport.KindUser, RunID: "r", Owner: "host/1", Heartbeat: at}, adcimport.ErrRunInProgress,
			"run r of l users by host/1, last heartbeat 2026-11-23T19:00:00Z: a run of this account and kind is in progress",
		},
		{&adcimport.InvalidFilterError{Part: "x", Rule: "must be y"}, nil, `invalid filter: "x": must be y`},
		{&adcimport.InvalidFilterError{Field: "F", Part: "x", Rule: "must be y"}, nil, `invalid filter: F: "x": must be y`},
		{&adcimport.InvalidOptionsError{Field: "F", Rule: "is required"}, nil, "invalid options: F: is required"},
		{&adcimport.MappingError{Rule: 3, Field: "Phone1", Path: "rules[3].to", Err: errBoom}, errBoom, "mapping: rule 3: Phone1: rules[3].to: boom"},
		{&adcimport.MappingError{Rule: -1, Path: "rules", Err: errBoom}, errBoom, "mapping: rules: boom"},
		{
			&adcimport.RecordError{ID: "5", Reason: adcimport.ReasonInvalidRecord, Fields: []adcimport.FieldError{{Field: "City", Rule: "is required"}}, Err: errBoom}, errBoom,
			"record 5: invalid_record: City is required: boom",
		},
		{&adcimport.StateError{RunID: "r", What: "w"}, nil, "state of run r: w"},
		{&adcimport.StateError{RunID: "r", What: "w", Err: errBoom}, errBoom, "state of run r: w: boom"},
		{&adcimport.PausedError{Until: at, Err: errBoom}, errBoom, "paused until 2026-11-23T19:00:00Z: boom"},
	} {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
		if tt.is != nil && !errors.Is(tt.err, tt.is) {
			t.Errorf("%v does not match %v", tt.err, tt.is)
		}
		if errors.Is(tt.err, adcimport.ErrClosed) {
			t.Errorf("%v matches anything", tt.err)
		}
	}
}
