package conformance_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/adcimporttest/conformance"
)

// memory tells the suite what an in-memory sink holds.
type memory struct{ *adcimporttest.Sink }

func (m memory) HeldCustomers(context.Context) (ids []string, err error) {
	for _, c := range m.Customers() {
		ids = append(ids, c.Record.AlarmComID)
	}
	return ids, nil
}

func (m memory) HeldUsers(context.Context) (ids []string, err error) {
	for _, u := range m.Users() {
		ids = append(ids, u.Record.AlarmComID)
	}
	return ids, nil
}

func (m memory) ReadCustomer(_ context.Context, id string) (adcimport.CustomerRecord, error) {
	for _, c := range m.Customers() {
		if c.ID == id {
			return c.Record, nil
		}
	}
	return adcimport.CustomerRecord{}, fmt.Errorf("customer %s: %w", id, adcimport.ErrNotFound)
}

func (m memory) ReadUser(_ context.Context, id string) (adcimport.UserRecord, error) {
	for _, u := range m.Users() {
		if u.ID == id {
			return u.Record, nil
		}
	}
	return adcimport.UserRecord{}, fmt.Errorf("user %s: %w", id, adcimport.ErrNotFound)
}

func (m memory) TypeCustomer(_ context.Context, rec adcimport.CustomerRecord) (string, error) {
	return m.TypeInCustomer(rec), nil
}

func (m memory) TypeUser(_ context.Context, rec adcimport.UserRecord) (string, error) {
	return m.TypeInUser(rec), nil
}

func (m memory) LoginEmails(context.Context) (ids []string, err error) {
	for _, e := range m.Emails() {
		ids = append(ids, e.AlarmComID)
	}
	return ids, nil
}

func (m memory) HonoursKeys() bool { return m.HonourKeys }

// memoryCase is an in-memory sink with lists, under test.
func memoryCase(change func(*adcimporttest.Sink)) conformance.SinkCase {
	sink := &adcimporttest.Sink{
		Choices: adcimporttest.SinkChoices{
			Offices:          []adcimport.Choice{{ID: "1", Name: "Headquarters"}},
			Reps:             []adcimport.Choice{{ID: "2", Name: "Rep"}},
			CustomerTags:     []adcimport.Choice{{ID: "3", Name: "Imported"}},
			PermissionGroups: []adcimport.Choice{{ID: "4", Name: "Technician"}},
			UserTags:         []adcimport.Choice{{ID: "5", Name: "Field"}},
		},
		RepIDs: map[string]string{"rep.one": "2"},
		Strict: true,
	}
	change(sink)
	return conformance.SinkCase{
		Sink: sink, Destination: memory{sink}, RepLogin: "rep.one", Away: awayRightly(),
		CustomerOptions: adcimport.CustomerOptions{OfficeID: "1", DefaultRepID: "2", TagIDs: []string{"3"}},
		UserOptions:     adcimport.UserOptions{Active: true, PermissionGroupID: "4", Tags: []string{"Field"}},
	}
}

// memorySinks are the ways an in-memory sink can be.
func memorySinks() map[string]func(*adcimporttest.Sink) {
	return map[string]func(*adcimporttest.Sink){
		"strict":           func(*adcimporttest.Sink) {},
		"unique usernames": func(s *adcimporttest.Sink) { s.UniqueUsernames = true },
		"honours keys":     func(s *adcimporttest.Sink) { s.HonourKeys, s.UniqueUsernames = true, true },
		"keeps no id":      func(s *adcimporttest.Sink) { s.KeepsNoID = true },
	}
}

func TestSinkSuite(t *testing.T) {
	t.Parallel()
	for name, change := range memorySinks() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conformance.RunSink(t, func(*testing.T) conformance.SinkCase { return memoryCase(change) })
		})
	}
}

// The zero value takes all, and nothing tells about it but itself.
func TestSinkSuiteOnZeroSink(t *testing.T) {
	t.Parallel()
	err := conformance.TestSink(func() (conformance.SinkCase, error) {
		return conformance.SinkCase{Sink: new(adcimporttest.Sink)}, nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestSinkSuiteOnHalves(t *testing.T) {
	t.Parallel()
	halves := map[string]func(adcimport.Sink) adcimport.Sink{
		"customers": func(s adcimport.Sink) adcimport.Sink { return adcimport.CustomersOnlySink(s) },
		"users":     func(s adcimport.Sink) adcimport.Sink { return adcimport.UsersOnlySink(s) },
	}
	for name, half := range halves {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := conformance.TestSink(func() (conformance.SinkCase, error) {
				c := memoryCase(func(*adcimporttest.Sink) {})
				c.Sink = half(c.Sink)
				return c, nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}
