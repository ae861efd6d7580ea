package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/securitytrax/adcimport"
)

// create is one record to be posted.
type create struct {
	id, key string
	body    any
}

// createAll posts records one after the other and answers one result for each.
// It stops where the run may not write any more, and, with an error, where the
// endpoint is to blame and not the record.
func (s *Sink) createAll(ctx context.Context, kind string, n int, record func(i int) create) ([]adcimport.WriteResult, error) {
	results := make([]adcimport.WriteResult, n)
	for i := range results {
		results[i].Status = adcimport.WriteNotSent
	}
	broken := false
	for i := range results {
		c := record(i)
		if err := adcimport.CheckWrite(ctx); err != nil {
			results[i].Err = fmt.Errorf("create %s %s: %w", kind, c.id, err)
			return results, nil // and the rest is not sent either
		}
		a := s.create(ctx, kind, c)
		results[i] = a.WriteResult
		if a.end || a.broken && broken { // twice in a row: it is not the record
			return results, a.Err
		}
		broken = a.broken
	}
	return results, nil
}

// answer is what became of one create.
type answer struct {
	adcimport.WriteResult

	end    bool // the next create would fare no better
	broken bool // the endpoint failed, perhaps because of this record
}

func (s *Sink) create(ctx context.Context, kind string, c create) answer {
	body, err := json.Marshal(c.body)
	if err != nil || c.key == "" {
		return refused(c.id, adcimport.ReasonRejectedBySink, adcimport.FieldError{Field: "IdempotencyKey", Rule: "is required"})
	}
	// A request that went out is waited for until the deadline, and not only until
	// the context is canceled: that would make a doubt of a good answer.
	call, cancel := context.WithDeadline(context.WithoutCancel(ctx), s.deadline(ctx))
	defer cancel()
	g := &gate{data: body, check: func() error { return adcimport.CheckWrite(ctx) }}
	resp, err := s.post(call, kind, c.key, g)
	what := fmt.Sprintf("create %s %s", kind, c.id)
	if err == nil {
		return s.judge(what, c.id, resp)
	}
	sent, stopped := g.seal()
	switch {
	case !sent && stopped != nil:
		return answer{WriteResult: failed(adcimport.WriteNotSent, what, stopped)}
	case !sent:
		return answer{WriteResult: failed(adcimport.WriteNotSent, what, err), end: true}
	}
	return answer{WriteResult: failed(adcimport.WriteUnknown, what, err), end: true}
}

// deadline is that of one request.
func (s *Sink) deadline(ctx context.Context) time.Time {
	deadline := time.Now().Add(s.cfg.Timeout)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		return d
	}
	return deadline
}

// judge reads the answer to a create. Only what the endpoint promises to have
// done nothing is WriteNotSent: a proxy's 502 or 503 may hide a create that was made.
func (s *Sink) judge(what, id string, r reply) answer {
	var doc struct {
		ID     string                 `json:"id"`
		Fields []adcimport.FieldError `json:"fields"`
	}
	broken := json.Unmarshal(r.body, &doc)
	switch r.status {
	case http.StatusCreated, http.StatusOK:
		if r.err = errors.Join(r.err, broken); r.err != nil || doc.ID == "" {
			return answer{WriteResult: failed(adcimport.WriteUnknown, what, errors.New("the answer has no id")), broken: true}
		}
		if r.status == http.StatusCreated {
			return answer{WriteResult: adcimport.WriteResult{Status: adcimport.WriteCreated, ID: doc.ID}}
		}
		return answer{WriteResult: adcimport.WriteResult{Status: adcimport.WriteExists, ID: doc.ID}}
	case http.StatusConflict:
		return refused(id, adcimport.ReasonUsernameTaken)
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return refused(id, adcimport.ReasonRejectedBySink, doc.Fields...)
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed,
		http.StatusUnsupportedMediaType, http.StatusTooManyRequests:
		return answer{WriteResult: failed(adcimport.WriteNotSent, what, s.statusError(r)), end: true}
	case http.StatusServiceUnavailable:
		return answer{WriteResult: failed(adcimport.WriteUnknown, what, s.statusError(r)), end: true}
	}
	return answer{WriteResult: failed(adcimport.WriteUnknown, what, s.statusError(r)), broken: true}
}

func failed(status adcimport.WriteStatus, what string, err error) adcimport.WriteResult {
	return adcimport.WriteResult{Status: status, Err: fmt.Errorf("%s: %w", what, err)}
}

func refused(id string, reason adcimport.Reason, fields ...adcimport.FieldError) answer {
	err := &adcimport.RecordError{ID: id, Reason: reason, Fields: fields}
	return answer{WriteResult: adcimport.WriteResult{Status: adcimport.WriteRejected, Err: err}}
}
