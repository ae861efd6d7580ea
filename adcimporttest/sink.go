package adcimporttest

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest/internal/clone"
)

// Sink is an in-memory [adcimport.Sink] with the abilities of the real one:
// updates, rep look-up, lists to choose from, checked options, check.
//
// Like SecurityTrax it does not enforce that customers are unique: a blind
// repeat shows as a duplicate. It finds records by their Alarm.com id.
//
// Its ids are the same on every start: 5001, 5002 and so on, customers and users in the
// order in which they were made.
//
// The zero value works and takes zero options. Set the fields before first use.
// It is safe for concurrent use.
type Sink struct {
	// Choices are what options may name; options that name something else are
	// refused with an InvalidOptionsError. User tags are made where missing.
	Choices SinkChoices
	// RepIDs maps rep logins to rep ids, for FindReps. Users that were created
	// are reps too, by their user name.
	RepIDs map[string]string

	Strict          bool // requires what SecurityTrax does: an office, a permission group, names, phone, city, state, sale date
	UniqueUsernames bool // refuses a user name that another support id has, with ReasonUsernameTaken
	HonourKeys      bool // a create with an IdempotencyKey that was seen returns the first record, as WriteExists
	KeepsNoID       bool // keeps no Alarm.com id: finds nothing, and proves no absence
	KeepsValues     bool // cannot clear a field, and says so

	mu        sync.Mutex
	nextID    int
	customers []SinkCustomer
	users     []SinkUser
	byID      map[string][]int // kind and Alarm.com id -> places
	byKey     map[string]string
	byKeys    map[string][]int // what customers are matched by -> places, of the first so many
	keyed     int
	byName    map[string]int // user name -> place of the first user
	emails    []LoginEmail
	tags      []adcimport.Choice // user tags that were made
	calls     []SinkCall
}

// SinkChoices are the lists of a [Sink].
type SinkChoices struct {
	Offices, Reps, CustomerTags []adcimport.Choice
	PermissionGroups, UserTags  []adcimport.Choice
}

// SinkCustomer is a customer that a [Sink] has.
type SinkCustomer struct {
	ID      string // the sink's
	Record  adcimport.CustomerRecord
	Updates int // how often it was updated
}

// SinkUser is a user that a [Sink] has.
type SinkUser struct {
	ID      string // the sink's
	Record  adcimport.UserRecord
	Updates int // how often it was updated
}

// LoginEmail is the message with user name and password that a created user
// gets who can log in.
type LoginEmail struct{ UserID, AlarmComID, Username, To string }

// SinkCall is one call of a [Sink]'s method.
type SinkCall struct {
	Method string   // as in CreateCustomers
	IDs    []string // Alarm.com ids, or what else was asked for
	At     time.Time
}

// Customers returns copies of the customers, in order of their creation.
func (s *Sink) Customers() []SinkCustomer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return cloneAll(s.customers, func(c SinkCustomer) SinkCustomer {
		c.Record = clone.CustomerRecord(c.Record)
		return c
	})
}

// Users returns copies of the users, in order of their creation.
func (s *Sink) Users() []SinkUser {
	s.mu.Lock()
	defer s.mu.Unlock()
	return cloneAll(s.users, func(u SinkUser) SinkUser {
		u.Record = clone.UserRecord(u.Record)
		return u
	})
}

// Emails returns the login emails that were sent, in order: one for each
// created user who can log in.
func (s *Sink) Emails() []LoginEmail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.emails)
}

// Calls returns the calls since the beginning or the last ResetCalls, in order
// of arrival.
func (s *Sink) Calls() []SinkCall {
	s.mu.Lock()
	defer s.mu.Unlock()
	return cloneAll(s.calls, func(c SinkCall) SinkCall {
		c.IDs = slices.Clone(c.IDs)
		return c
	})
}

// CallCounts returns how often each method was called.
func (s *Sink) CallCounts() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := make(map[string]int)
	for _, c := range s.calls {
		n[c.Method]++
	}
	return n
}

// ResetCalls forgets the calls, not the content.
func (s *Sink) ResetCalls() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = nil
}

// Check says that the account is usable.
func (s *Sink) Check(ctx context.Context) error {
	defer s.begin("Check", nil)()
	return context.Cause(ctx)
}

// ProvesAbsence reports whether an empty result of Find means that a record was
// not created.
func (s *Sink) ProvesAbsence(adcimport.Kind) bool { return !s.KeepsNoID }

// begin locks the sink and records a call; what it returns unlocks.
func (s *Sink) begin(method string, ids []string) func() {
	s.mu.Lock()
	s.calls = append(s.calls, SinkCall{Method: method, IDs: slices.Clone(ids), At: time.Now()})
	return s.mu.Unlock
}

// newID returns the id of the next record. The lock is held.
func (s *Sink) newID() string {
	s.nextID++
	return strconv.Itoa(5000 + s.nextID)
}

// index remembers that the Alarm.com id's record is at place. The lock is held.
func (s *Sink) index(k adcimport.Kind, alarmComID string, place int) {
	if s.byID == nil {
		s.byID = make(map[string][]int)
	}
	key := string(k) + "/" + alarmComID
	s.byID[key] = append(s.byID[key], place)
}

// find returns the places of an Alarm.com id's records. The lock is held.
func (s *Sink) find(k adcimport.Kind, alarmComID string) []int {
	if s.KeepsNoID {
		return nil
	}
	return s.byID[string(k)+"/"+alarmComID]
}

// seen finds the record that was created with an idempotency key. The lock is
// held.
func (s *Sink) seen(k adcimport.Kind, key string) (string, bool) {
	if !s.HonourKeys || key == "" {
		return "", false
	}
	id, ok := s.byKey[string(k)+"/"+key]
	return id, ok
}

func (s *Sink) remember(k adcimport.Kind, key, id string) {
	if key == "" {
		return
	}
	if s.byKey == nil {
		s.byKey = make(map[string]string)
	}
	s.byKey[string(k)+"/"+key] = id
}

// writeEach asks CheckWrite before each of n writes and returns one result for
// each. When the run may not write any more, the rest is WriteNotSent.
func (s *Sink) writeEach(
	ctx context.Context, method string, ids []string, write func(i int) adcimport.WriteResult,
) ([]adcimport.WriteResult, error) {
	defer s.begin(method, ids)()
	results := make([]adcimport.WriteResult, len(ids))
	for i := range ids {
		if err := adcimport.CheckWrite(ctx); err != nil {
			for j := i; j < len(ids); j++ {
				results[j] = adcimport.WriteResult{Status: adcimport.WriteNotSent, Err: fmt.Errorf("write record %s: %w", ids[j], err)}
			}
			break
		}
		results[i] = write(i)
	}
	return results, nil
}

func rejected(id string, reason adcimport.Reason, fields ...adcimport.FieldError) adcimport.WriteResult {
	err := &adcimport.RecordError{ID: id, Reason: reason, Fields: fields}
	return adcimport.WriteResult{Status: adcimport.WriteRejected, Err: err}
}
