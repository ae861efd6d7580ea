package adcimporttest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest/internal/clone"
)

// UpdateCustomers writes what the records hold over the customers with the given ids
// of this sink, clears what Clear names (see KeepsValues), and leaves everything else.
func (s *Sink) UpdateCustomers(ctx context.Context, ids []string, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
	if err := sameLength("UpdateCustomers", len(ids), len(recs)); err != nil {
		return nil, err
	}
	return s.writeEach(ctx, "UpdateCustomers", customerIDs(recs), func(i int) adcimport.WriteResult {
		at := s.customerAt(ids[i])
		if at < 0 {
			return rejected(recs[i].AlarmComID, adcimport.ReasonGoneInSink)
		}
		next := clone.CustomerRecord(s.customers[at].Record)
		next.AlarmComID, next.IdempotencyKey = recs[i].AlarmComID, recs[i].IdempotencyKey
		u := updating{clear: recs[i].Clear, leave: recs[i].Leave, keeps: s.KeepsValues}
		for name, to := range customerTexts(&next) {
			u.text(name, to, *customerTexts(&recs[i])[name])
		}
		if !slices.Contains(u.leave, "ServiceTwoWayVoice") {
			next.ServiceTwoWayVoice = recs[i].ServiceTwoWayVoice
		}
		u.custom(&next.Custom, recs[i].Custom)
		checked := next
		checked.OfficeID = cmp.Or(next.OfficeID, recs[i].OfficeID)
		if fields := s.ValidateCustomer(checked); len(fields) > 0 {
			return rejected(recs[i].AlarmComID, adcimport.ReasonRejectedBySink, fields...)
		}
		moved := s.customers[at].Record.AlarmComID != next.AlarmComID
		s.customers[at].Record = next
		s.customers[at].Updates++
		if s.key(at); moved {
			s.reindex()
		}
		return adcimport.WriteResult{Status: adcimport.WriteCreated, ID: ids[i], Cleared: u.cleared}
	})
}

// UpdateUsers does for users what UpdateCustomers does for customers. It never touches
// user name, active, Can Login, permission group and tags, and sends no email.
func (s *Sink) UpdateUsers(ctx context.Context, ids []string, recs []adcimport.UserRecord) ([]adcimport.WriteResult, error) {
	if err := sameLength("UpdateUsers", len(ids), len(recs)); err != nil {
		return nil, err
	}
	return s.writeEach(ctx, "UpdateUsers", userIDs(recs), func(i int) adcimport.WriteResult {
		at := s.userAt(ids[i])
		if at < 0 {
			return rejected(recs[i].AlarmComID, adcimport.ReasonGoneInSink)
		}
		next := clone.UserRecord(s.users[at].Record)
		next.AlarmComID, next.IdempotencyKey = recs[i].AlarmComID, recs[i].IdempotencyKey
		u := updating{clear: recs[i].Clear, leave: recs[i].Leave, keeps: s.KeepsValues}
		for name, to := range userTexts(&next) {
			u.text(name, to, *userTexts(&recs[i])[name])
		}
		u.custom(&next.Custom, recs[i].Custom)
		moved := s.users[at].Record.AlarmComID != next.AlarmComID
		s.users[at].Record = next
		s.users[at].Updates++
		if moved { // the user name stays
			s.reindex()
		}
		return adcimport.WriteResult{Status: adcimport.WriteCreated, ID: ids[i], Cleared: u.cleared}
	})
}

// ReadCustomers returns the customers with these ids of the sink.
func (s *Sink) ReadCustomers(ctx context.Context, ids []string) (map[string]adcimport.CustomerRecord, error) {
	defer s.begin("ReadCustomers", ids)()
	found := make(map[string]adcimport.CustomerRecord)
	for _, id := range ids {
		if at := s.customerAt(id); at >= 0 {
			found[id] = clone.CustomerRecord(s.customers[at].Record)
		}
	}
	return found, context.Cause(ctx)
}

// ReadUsers returns the users with these ids of the sink.
func (s *Sink) ReadUsers(ctx context.Context, ids []string) (map[string]adcimport.UserRecord, error) {
	defer s.begin("ReadUsers", ids)()
	found := make(map[string]adcimport.UserRecord)
	for _, id := range ids {
		if at := s.userAt(id); at >= 0 {
			found[id] = clone.UserRecord(s.users[at].Record)
		}
	}
	return found, context.Cause(ctx)
}

// updating is an update of one record.
type updating struct {
	clear, leave, cleared []string
	keeps                 bool
}

func (u *updating) text(name string, to *string, value string) {
	switch {
	case slices.Contains(u.leave, name):
	case value != "":
		*to = value
	case slices.Contains(u.clear, name) && !u.keeps:
		*to = ""
		u.cleared = append(u.cleared, name)
	}
}

func (u *updating) custom(to *map[string]string, values map[string]string) {
	if *to == nil && len(values) > 0 {
		*to = make(map[string]string)
	}
	maps.Copy(*to, values)
	for _, name := range u.clear {
		if key, ok := strings.CutPrefix(name, "Custom."); ok && !u.keeps {
			delete(*to, key)
			u.cleared = append(u.cleared, name)
		}
	}
}

func customerTexts(r *adcimport.CustomerRecord) map[string]*string {
	return map[string]*string{
		"FirstName": &r.FirstName, "LastName": &r.LastName, "BusinessName": &r.BusinessName, "Phone1": &r.Phone1,
		"Email": &r.Email, "Address1": &r.Address1, "City": &r.City, "State": &r.State, "Zip": &r.Zip, "SaleDate": &r.SaleDate,
		"AccountNumber": &r.AccountNumber, "ReceiverNumber": &r.ReceiverNumber, "RepID": &r.RepID,
	}
}

func userTexts(r *adcimport.UserRecord) map[string]*string {
	a := &r.Address
	return map[string]*string{
		"FirstName": &r.FirstName, "LastName": &r.LastName, "Email": &r.Email, "CellPhone": &r.CellPhone, "Address.Street1": &a.Street1,
		"Address.Street2": &a.Street2, "Address.City": &a.City, "Address.State": &a.State, "Address.Zip": &a.Zip, "Address.Country": &a.Country,
	}
}
