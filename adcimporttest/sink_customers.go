package adcimporttest

import (
	"context"
	"slices"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest/internal/clone"
)

// FindCustomers returns the customers that carry the Alarm.com ids.
func (s *Sink) FindCustomers(ctx context.Context, keys []adcimport.CustomerKey) (map[string][]string, error) {
	ids := make([]string, len(keys))
	for i, k := range keys {
		ids[i] = k.ID
	}
	defer s.begin("FindCustomers", ids)()
	found := make(map[string][]string)
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		for _, place := range s.find(adcimport.KindCustomer, id) {
			found[id] = append(found[id], s.customers[place].ID)
		}
	}
	return found, context.Cause(ctx)
}

// TraceCustomers returns the customers without an Alarm.com id that are otherwise
// as the records.
func (s *Sink) TraceCustomers(ctx context.Context, recs []adcimport.CustomerRecord) (map[string][]string, error) {
	defer s.begin("TraceCustomers", customerIDs(recs))()
	copies := make(map[string][]string)
	for i := range recs {
		for _, c := range s.customers {
			if c.Record.AlarmComID == "" && looks(&c.Record) == looks(&recs[i]) {
				copies[recs[i].AlarmComID] = append(copies[recs[i].AlarmComID], c.ID)
			}
		}
	}
	return copies, context.Cause(ctx)
}

func looks(r *adcimport.CustomerRecord) [4]string {
	return [4]string{r.FirstName, r.LastName, r.Phone1, r.Address1}
}

// CreateCustomers adds customers, also when their Alarm.com ids are there.
func (s *Sink) CreateCustomers(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
	return s.writeEach(ctx, "CreateCustomers", customerIDs(recs), func(i int) adcimport.WriteResult {
		rec := recs[i]
		if id, ok := s.seen(adcimport.KindCustomer, rec.IdempotencyKey); ok {
			return adcimport.WriteResult{Status: adcimport.WriteExists, ID: id}
		}
		if fields := s.ValidateCustomer(rec); len(fields) > 0 {
			return rejected(rec.AlarmComID, adcimport.ReasonRejectedBySink, fields...)
		}
		id := s.newID()
		s.index(adcimport.KindCustomer, rec.AlarmComID, len(s.customers))
		s.customers = append(s.customers, SinkCustomer{ID: id, Record: clone.CustomerRecord(rec)})
		s.remember(adcimport.KindCustomer, rec.IdempotencyKey, id)
		return adcimport.WriteResult{Status: adcimport.WriteCreated, ID: id}
	})
}

// FindReps returns RepIDs and the users who were created, by user name.
func (s *Sink) FindReps(ctx context.Context, logins []string) (map[string]string, error) {
	defer s.begin("FindReps", logins)()
	found := make(map[string]string)
	for _, login := range logins {
		if id, ok := s.RepIDs[login]; ok {
			found[login] = id
		} else if place, ok := s.byName[login]; ok {
			found[login] = s.users[place].ID
		}
	}
	return found, context.Cause(ctx)
}

// ValidateCustomer names what a Strict sink requires and rec lacks.
func (s *Sink) ValidateCustomer(rec adcimport.CustomerRecord) []adcimport.FieldError {
	if !s.Strict {
		return nil
	}
	var fields []adcimport.FieldError
	for _, f := range []struct{ name, value string }{
		{"FirstName", rec.FirstName},
		{"LastName", rec.LastName},
		{"Phone1", rec.Phone1},
		{"City", rec.City},
		{"SaleDate", rec.SaleDate},
		{"OfficeID", rec.OfficeID},
	} {
		if f.value == "" {
			fields = append(fields, adcimport.FieldError{Field: f.name, Rule: "is required"})
		}
	}
	if !knownState(rec.State) {
		fields = append(fields, adcimport.FieldError{Field: "State", Rule: "is not a known state code"})
	}
	return fields
}

func customerIDs(recs []adcimport.CustomerRecord) []string {
	ids := make([]string, len(recs))
	for i := range recs {
		ids[i] = recs[i].AlarmComID
	}
	return ids
}
