package adcimporttest

import (
	"context"
	"errors"
	"fmt"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest/internal/clone"
)

// FindUsers returns the users that carry the support ids. With UniqueUsernames,
// a name that another support id has is a RecordError.
func (s *Sink) FindUsers(ctx context.Context, keys []adcimport.UserKey) (map[string][]string, error) {
	ids := make([]string, len(keys))
	for i, k := range keys {
		ids[i] = k.ID
	}
	defer s.begin("FindUsers", ids)()
	found := make(map[string][]string)
	var errs []error
	for _, k := range keys {
		if _, again := found[k.ID]; again {
			continue
		}
		places := s.find(adcimport.KindUser, k.ID)
		for _, place := range places {
			found[k.ID] = append(found[k.ID], s.users[place].ID)
		}
		if len(places) == 0 && s.taken(k.Record.Username, k.ID) {
			errs = append(errs, &adcimport.RecordError{ID: k.ID, Reason: adcimport.ReasonUsernameTaken})
		}
	}
	if err := context.Cause(ctx); err != nil {
		return found, err
	}
	return found, errors.Join(errs...)
}

// CreateUsers adds users and sends an email to those who can log in. With
// UniqueUsernames, a user whose name it has itself already is WriteExists.
func (s *Sink) CreateUsers(ctx context.Context, recs []adcimport.UserRecord) ([]adcimport.WriteResult, error) {
	return s.writeEach(ctx, "CreateUsers", userIDs(recs), func(i int) adcimport.WriteResult {
		rec := recs[i]
		if id, ok := s.seen(adcimport.KindUser, rec.IdempotencyKey); ok {
			return adcimport.WriteResult{Status: adcimport.WriteExists, ID: id}
		}
		if fields := s.ValidateUser(rec); len(fields) > 0 {
			return rejected(rec.AlarmComID, adcimport.ReasonRejectedBySink, fields...)
		}
		if s.taken(rec.Username, rec.AlarmComID) {
			return rejected(rec.AlarmComID, adcimport.ReasonUsernameTaken)
		}
		if u, ok := s.owner(rec.Username); ok {
			return adcimport.WriteResult{Status: adcimport.WriteExists, ID: u.ID} // itself
		}
		return adcimport.WriteResult{Status: adcimport.WriteCreated, ID: s.addUser(rec)}
	})
}

// ValidateUser says that a user who can log in needs an email address, and
// names what else a Strict sink requires and rec lacks.
func (s *Sink) ValidateUser(rec adcimport.UserRecord) []adcimport.FieldError {
	var fields []adcimport.FieldError
	if rec.CanLogin && rec.Email == "" {
		fields = append(fields, adcimport.FieldError{Field: "Email", Rule: "is required for a user who can log in"})
	}
	if !s.Strict {
		return fields
	}
	for _, f := range []struct{ name, value string }{
		{"FirstName", rec.FirstName},
		{"LastName", rec.LastName},
		{"Username", rec.Username},
		{"PermissionGroupID", rec.PermissionGroupID},
	} {
		if f.value == "" {
			fields = append(fields, adcimport.FieldError{Field: f.name, Rule: "is required"})
		}
	}
	return fields
}

// addUser stores a user and sends the email. The lock is held.
func (s *Sink) addUser(rec adcimport.UserRecord) string {
	id := s.newID()
	place := len(s.users)
	s.users = append(s.users, SinkUser{ID: id, Record: clone.UserRecord(rec)})
	s.index(adcimport.KindUser, rec.AlarmComID, place)
	s.remember(adcimport.KindUser, rec.IdempotencyKey, id)
	s.indexName(rec.Username, place)
	if rec.CanLogin {
		s.emails = append(s.emails, LoginEmail{UserID: id, AlarmComID: rec.AlarmComID, Username: rec.Username, To: rec.Email})
	}
	return id
}

// owner finds who has a user name, where names are unique. The lock is held.
func (s *Sink) owner(username string) (SinkUser, bool) {
	place, ok := s.byName[username]
	if !ok || !s.UniqueUsernames {
		return SinkUser{}, false
	}
	return s.users[place], true
}

// taken reports whether somebody else than the support id has the user name. A
// sink that keeps no ids cannot tell who it is. The lock is held.
func (s *Sink) taken(username, alarmComID string) bool {
	u, ok := s.owner(username)
	return ok && (s.KeepsNoID || u.Record.AlarmComID != alarmComID)
}

func userIDs(recs []adcimport.UserRecord) []string {
	ids := make([]string, len(recs))
	for i := range recs {
		ids[i] = recs[i].AlarmComID
	}
	return ids
}

func sameLength(method string, ids, recs int) error {
	if ids == recs {
		return nil
	}
	return fmt.Errorf("%s: %d ids for %d records", method, ids, recs)
}
