package riverimport

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/securitytrax/adcimport"
)

// Job is one import. Filter and options are those of its kind; Labels are stored with the
// run, and RunID must be empty: the job names it. Nothing of a job is a credential.
type Job struct {
	Link string
	Kind adcimport.Kind

	CustomerFilter  adcimport.CustomerFilter
	CustomerOptions adcimport.CustomerOptions
	UserFilter      adcimport.UserFilter
	UserOptions     adcimport.UserOptions

	// RetryOf is a run of the link and kind, whose failed records are taken and nothing
	// else, with its filter and options; of the options above only labels count then.
	RetryOf string

	Queue string    // empty: Config.Queue
	At    time.Time // it does not begin before; zero: now
}

// Enqueued is a job that was taken in.
type Enqueued struct {
	JobID int64
	RunID string
	// Duplicate says that it is an earlier one: the link has a job of the kind that is not
	// at its end, and there is one at a time. Its filter and options may be others.
	Duplicate bool
}

const runPrefix = "river-"

// RunID is the id of the run that a job drives.
func RunID(jobID int64) string { return runPrefix + strconv.FormatInt(jobID, 10) }

// jobOf is the job of a run; false: it is of none.
func jobOf(runID string) (int64, bool) {
	text, ours := strings.CutPrefix(runID, runPrefix)
	id, err := strconv.ParseInt(text, 10, 64)
	return id, ours && err == nil
}

// args are those of River's job. Link and record make it unique.
type args struct {
	Version int               `json:"v"`
	Link    string            `json:"link" river:"unique"`
	Record  adcimport.Kind    `json:"record" river:"unique"`
	Filter  json.RawMessage   `json:"filter"`
	Options json.RawMessage   `json:"options"`
	Labels  map[string]string `json:"labels,omitempty"`
	RetryOf string            `json:"retry_of,omitempty"`
}

const (
	jobKind     = "adcimport"
	argsVersion = 1
)

// Kind names the jobs of this package.
func (args) Kind() string { return jobKind }

// InsertOpts says that a link has one job of a kind that is not at its end.
func (args) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable,
		rivertype.JobStateRunning, rivertype.JobStateScheduled,
	}}}
}

// args checks a job.
func (j *Job) args() (args, error) {
	bad := func(field, rule string) (args, error) {
		return args{}, &adcimport.InvalidOptionsError{Field: "riverimport.Job." + field, Rule: rule}
	}
	if j.Link == "" {
		return bad("Link", "is required")
	}
	var filter, options any
	var o adcimport.RunOptions
	switch j.Kind {
	case adcimport.KindCustomer:
		filter, options, o = j.CustomerFilter, j.CustomerOptions, j.CustomerOptions.RunOptions
	case adcimport.KindUser:
		filter, options, o = j.UserFilter, j.UserOptions, j.UserOptions.RunOptions
	default:
		return bad("Kind", "must be customer or user")
	}
	if o.RunID != "" {
		return bad("RunID", "must be empty: the job names the run")
	}
	if o.OnProgress != nil {
		return bad("OnProgress", "must be empty: a job has no functions")
	}
	a := args{Version: argsVersion, Link: j.Link, Record: j.Kind, Labels: maps.Clone(o.Labels), RetryOf: j.RetryOf}
	var err error
	if a.Filter, err = json.Marshal(filter); err == nil {
		a.Options, err = json.Marshal(options)
	}
	if err != nil {
		return args{}, fmt.Errorf("encode a job of link %s: %w", j.Link, err)
	}
	return a, nil
}

// decode reads a part of the args. What this version does not know is an error: half a
// filter would import the wrong records.
func decode[T any](jobID int64, what string, data []byte) (T, error) {
	var v T
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v); err != nil {
		return v, &unreadableError{jobID, what, err}
	}
	return v, nil
}

// unreadableError is of a job that another version wrote.
type unreadableError struct {
	job  int64
	what string
	err  error
}

func (e *unreadableError) Error() string {
	return fmt.Sprintf("job %d: its %s cannot be read by this version: %v", e.job, e.what, e.err)
}

func (e *unreadableError) Unwrap() error { return e.err }
