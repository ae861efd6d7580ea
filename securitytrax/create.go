package securitytrax

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/jsonapi"
)

// CreateCustomers creates customers, one request each. See [Sink] for what is
// never repeated. When the context's deadline leaves no time for another
// request, the rest is WriteNotSent with context.DeadlineExceeded, and the error is
// nil. An error says that going on makes no sense: credentials were refused,
// or the service is out of order.
func (s *Sink) CreateCustomers(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
	return s.batch(ctx, len(recs), func(ctx context.Context, i int, limit time.Duration) written {
		rec := recs[i]
		if broken := s.ValidateCustomer(rec); len(broken) > 0 {
			return rejected(invalidRecord(rec.AlarmComID, broken))
		}
		w := s.client.send(ctx, write{
			op: "create customer", id: rec.AlarmComID,
			method: http.MethodPost, url: s.client.url(s.schema.Customers.Path),
			idempotencyKey: rec.IdempotencyKey, payload: s.newCustomer(rec),
		}, limit)
		if w.status == adcimport.WriteRejected && rec.RepID != "" {
			s.reps.forget() // that one may be gone
		}
		return explain(w, rec.AlarmComID, s.customerFields())
	})
}

// UpdateCustomers writes again what comes from Alarm.com, where it is not empty, and
// clears what Clear names, as Schema.Clear says. Office, tags, the ISP connection and
// the account type stay as they are, except that a customer whose business name is
// cleared is no business any more. Where Schema.Monitoring says so, each customer
// costs a read and, if it has a monitoring connection, another write.
func (s *Sink) UpdateCustomers(ctx context.Context, ids []string, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
	if len(ids) != len(recs) {
		return nil, &adcimport.InvalidOptionsError{Field: "ids", Rule: "must be as many as records"}
	}
	return s.batch(ctx, len(recs), func(ctx context.Context, i int, limit time.Duration) written {
		rec, end := s.withState(ctx, ids[i], recs[i])
		if end != nil {
			return *end
		}
		if broken := notLeft(s.ValidateCustomer(rec), rec.Leave); len(broken) > 0 {
			return rejected(invalidRecord(rec.AlarmComID, broken))
		}
		return explain(gone(s.changeCustomer(ctx, ids[i], &rec, limit)), rec.AlarmComID, s.customerFields())
	})
}

// CreateUsers creates users by the rules of [Sink.CreateCustomers]. Tags that
// are missing are made first. A user name that is taken is looked up
// by the support id: the user itself is WriteExists, another one is WriteRejected with
// adcimport.ReasonUsernameTaken.
func (s *Sink) CreateUsers(ctx context.Context, recs []adcimport.UserRecord) ([]adcimport.WriteResult, error) {
	tags, err := s.tagsOf(ctx, recs)
	if err != nil {
		return none(len(recs), err)
	}
	return s.batch(ctx, len(recs), func(ctx context.Context, i int, limit time.Duration) written {
		rec := recs[i]
		if broken := s.ValidateUser(rec); len(broken) > 0 {
			return rejected(invalidRecord(rec.AlarmComID, broken))
		}
		var tagIDs []string
		for _, name := range rec.Tags {
			if id := tags[name]; !slices.Contains(tagIDs, id) {
				tagIDs = append(tagIDs, id)
			}
		}
		w := s.client.send(ctx, write{
			op: "create user", id: rec.AlarmComID,
			method: http.MethodPost, url: s.client.url(s.schema.Users.Path),
			idempotencyKey: rec.IdempotencyKey, payload: s.newUser(rec, tagIDs),
		}, limit)
		s.reps.forget() // this may be one
		if s.isTaken(w) {
			return s.whoseName(ctx, rec, w)
		}
		if w.status == adcimport.WriteRejected && len(tagIDs) > 0 {
			s.forgetTags() // one of them may be gone
		}
		return explain(w, rec.AlarmComID, s.userFields())
	})
}

// UpdateUsers writes names, e-mail, phone and address again, where they are not
// empty, and clears what Clear names. User name, login, active, permission group and tags stay as they are.
func (s *Sink) UpdateUsers(ctx context.Context, ids []string, recs []adcimport.UserRecord) ([]adcimport.WriteResult, error) {
	if len(ids) != len(recs) {
		return nil, &adcimport.InvalidOptionsError{Field: "ids", Rule: "must be as many as records"}
	}
	return s.batch(ctx, len(recs), func(ctx context.Context, i int, limit time.Duration) written {
		rec := recs[i]
		payload, cleared := s.changedUser(ids[i], rec)
		w := s.client.send(ctx, write{
			op: "update user", id: rec.AlarmComID,
			method: http.MethodPatch, url: s.client.urlOf(s.schema.Users.Path, ids[i]), payload: payload,
		}, limit)
		w.cleared = cleared
		return explain(gone(w), rec.AlarmComID, s.userFields())
	})
}

// notLeft are the rules that an update breaks: what it leaves alone may be missing.
func notLeft(broken []adcimport.FieldError, left []string) []adcimport.FieldError {
	return slices.DeleteFunc(broken, func(f adcimport.FieldError) bool { return slices.Contains(left, f.Field) })
}

func (s *Sink) batch(ctx context.Context, n int, one func(context.Context, int, time.Duration) written) ([]adcimport.WriteResult, error) {
	limit := requestLimit(ctx, s.cfg.Timeout)
	if err := s.client.paused(ctx, limit); err != nil {
		return none(n, err)
	}
	b := batch{results: make([]adcimport.WriteResult, n), limit: limit, one: one}
	results, err := b.run(ctx, s.cfg.concurrency)
	if dry := err == nil && b.outOfTime(); !dry || !s.client.silent() {
		s.dry.Store(false)
	} else if s.dry.Swap(true) {
		err = cmp.Or[error](b.before, &APIError{Op: opWrite, Err: errSilent})
	}
	return results, err
}

// none is the result when nothing could be sent.
func none(n int, err error) ([]adcimport.WriteResult, error) {
	results := make([]adcimport.WriteResult, n)
	for i := range results {
		results[i] = adcimport.WriteResult{Status: adcimport.WriteNotSent, Err: err}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = nil // the next call has a deadline of its own
	}
	return results, err
}

func rejected(err error) written {
	return written{status: adcimport.WriteRejected, err: err}
}

// explain says which field of a record SecurityTrax rejected.
func explain(w written, id string, known map[string]string) written {
	if w.status != adcimport.WriteRejected {
		return w
	}
	if own, ok := errors.AsType[*adcimport.RecordError](w.err); ok {
		w.err = own
		return w
	}
	e := &adcimport.RecordError{ID: id, Reason: adcimport.ReasonRejectedBySink, Err: w.err}
	if w.gone {
		e.Reason = adcimport.ReasonGoneInSink
	}
	for _, pointed := range w.errors {
		if field := fieldOf(pointed, known); field != "" {
			e.Fields = append(e.Fields, adcimport.FieldError{Field: field, Rule: ruleOf(pointed)})
		}
	}
	w.err = e
	return w
}

func ruleOf(e jsonapi.Error) string {
	if e.Code == "" {
		return "is not accepted by SecurityTrax"
	}
	return "is not accepted by SecurityTrax: " + e.Code
}

// isTaken reports whether a user was rejected for its user name.
func (s *Sink) isTaken(w written) bool {
	e, ok := errors.AsType[*APIError](w.err)
	if !ok || w.status != adcimport.WriteRejected {
		return false
	}
	return e.Conflict() || e.Code != "" && e.Code == s.schema.UsernameTakenCode
}

// whoseName tells a user that is there already, such as by an earlier create in
// doubt that became visible late, from one whose name another has.
func (s *Sink) whoseName(ctx context.Context, rec adcimport.UserRecord, w written) written {
	found, err := s.FindUsers(ctx, []adcimport.UserKey{{ID: rec.AlarmComID}})
	if ids := found[rec.AlarmComID]; err == nil && len(ids) == 1 {
		return written{status: adcimport.WriteExists, id: ids[0]}
	}
	return rejected(usernameTaken(rec.AlarmComID, w.err))
}
