package conformance

import (
	"context"
	"slices"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest/internal/ability"
	"github.com/securitytrax/adcimport/adcimporttest/internal/clone"
)

func customerSinkSide(c SinkCase) *sinkSide[adcimport.CustomerRecord] {
	s := common(c, adcimport.KindCustomer, &sinkSide[adcimport.CustomerRecord]{
		what: "customers",
		find: func(ctx context.Context, keys []sideKey[adcimport.CustomerRecord]) (map[string][]string, error) {
			var list []adcimport.CustomerKey
			for _, k := range keys {
				list = append(list, adcimport.CustomerKey{ID: k.id, Record: k.rec})
			}
			found, err := c.Sink.FindCustomers(ctx, list)
			for i, k := range list { // what the sink did to them
				keys[i] = sideKey[adcimport.CustomerRecord]{k.ID, k.Record}
			}
			return found, err
		},
		create: c.Sink.CreateCustomers,
		good:   c.goodCustomer,
		bad:    c.badCustomer,
		fields: func(rec *adcimport.CustomerRecord) (id, key, city *string) {
			return &rec.AlarmComID, &rec.IdempotencyKey, &rec.City
		},
		owned: func(rec *adcimport.CustomerRecord) (email *string, toClear, toLeave *[]string) {
			return &rec.Email, &rec.Clear, &rec.Leave
		},
		personal: func(rec *adcimport.CustomerRecord) map[string]*string {
			return map[string]*string{
				"FirstName": &rec.FirstName, "LastName": &rec.LastName, "BusinessName": &rec.BusinessName, "Phone1": &rec.Phone1,
				"Email": &rec.Email, "Address1": &rec.Address1,
			}
		},
		clone: clone.CustomerRecord,
		smear: func(rec *adcimport.CustomerRecord) {
			smear(rec.TagIDs, rec.Custom)
			*rec = adcimport.CustomerRecord{}
		},
	})
	s.match, s.link = c.customerMatching()
	if u, ok := ability.Find[adcimport.CustomerUpdater](c.Sink); ok {
		s.update = u.UpdateCustomers
	}
	if r, ok := ability.Find[adcimport.CustomerReader](c.Sink); ok {
		s.readAll = r.ReadCustomers
	}
	if v, ok := ability.Find[adcimport.CustomerValidator](c.Sink); ok {
		s.validate = v.ValidateCustomer
	}
	if h, ok := ability.Find[CustomerHolder](c.destination()); ok {
		s.held = h.HeldCustomers
	}
	if r, ok := ability.Find[CustomerReader](c.destination()); ok {
		s.back = r.ReadCustomer
	}
	return s
}

func (c SinkCase) goodCustomer(id string) adcimport.CustomerRecord {
	if c.Customer != nil {
		return c.Customer(id)
	}
	return adcimport.CustomerRecord{
		AlarmComID: id, FirstName: "Ada", LastName: "Nováková", BusinessName: "Nováková & Daughters", Phone1: "2085550100",
		Email: "ada." + id + "@example.com", Address1: "1 Main St", City: "Boise", State: "ID", Zip: "83702",
		SaleDate: "2024-02-29", ServiceTwoWayVoice: true, AccountNumber: "A-" + id, ReceiverNumber: "8005550101",
		OfficeID: c.CustomerOptions.OfficeID, RepID: c.CustomerOptions.DefaultRepID, TagIDs: slices.Clone(c.CustomerOptions.TagIDs),
	}
}

func (c SinkCase) badCustomer(id string) (adcimport.CustomerRecord, bool) {
	if c.BadCustomer != nil {
		return c.BadCustomer(id), true
	}
	rec := adcimport.CustomerRecord{AlarmComID: id}
	v, ok := ability.Find[adcimport.CustomerValidator](c.Sink)
	return rec, ok && len(v.ValidateCustomer(rec)) > 0
}

func userSinkSide(c SinkCase) *sinkSide[adcimport.UserRecord] {
	s := common(c, adcimport.KindUser, &sinkSide[adcimport.UserRecord]{
		what: "users",
		find: func(ctx context.Context, keys []sideKey[adcimport.UserRecord]) (map[string][]string, error) {
			var list []adcimport.UserKey
			for _, k := range keys {
				list = append(list, adcimport.UserKey{ID: k.id, Record: k.rec})
			}
			found, err := c.Sink.FindUsers(ctx, list)
			for i, k := range list { // what the sink did to them
				keys[i] = sideKey[adcimport.UserRecord]{k.ID, k.Record}
			}
			return found, err
		},
		create: c.Sink.CreateUsers,
		good:   c.goodUser,
		bad:    c.badUser,
		fields: func(rec *adcimport.UserRecord) (id, key, city *string) {
			return &rec.AlarmComID, &rec.IdempotencyKey, &rec.Address.City
		},
		owned: func(rec *adcimport.UserRecord) (email *string, toClear, toLeave *[]string) {
			return &rec.Email, &rec.Clear, &rec.Leave
		},
		personal: func(rec *adcimport.UserRecord) map[string]*string {
			return map[string]*string{
				"FirstName": &rec.FirstName, "LastName": &rec.LastName, "Username": &rec.Username, "CellPhone": &rec.CellPhone,
				"Email": &rec.Email, "Address.Street1": &rec.Address.Street1,
			}
		},
		clone: clone.UserRecord,
		smear: func(rec *adcimport.UserRecord) {
			smear(rec.Tags, rec.Custom)
			*rec = adcimport.UserRecord{}
		},
	})
	s.match, s.link = c.userMatching()
	if u, ok := ability.Find[adcimport.UserUpdater](c.Sink); ok {
		s.update = u.UpdateUsers
	}
	if r, ok := ability.Find[adcimport.UserReader](c.Sink); ok {
		s.readAll = r.ReadUsers
	}
	if v, ok := ability.Find[adcimport.UserValidator](c.Sink); ok {
		s.validate = v.ValidateUser
	}
	if h, ok := ability.Find[UserHolder](c.destination()); ok {
		s.held = h.HeldUsers
	}
	if r, ok := ability.Find[UserReader](c.destination()); ok {
		s.back = r.ReadUser
	}
	return s
}

func (c SinkCase) goodUser(id string) adcimport.UserRecord {
	rec := adcimport.UserRecord{
		FirstName: "Zoë", LastName: "Ng", Email: "zoe." + id + "@example.com", CellPhone: "2085550102",
		Address: adcimport.Address{Street1: "2 Side St", Street2: "Suite 9", City: "Regina", State: "SK", Zip: "S4P 3Y2", Country: "Canada"},
		Active:  c.UserOptions.Active, PermissionGroupID: c.UserOptions.PermissionGroupID, Tags: slices.Clone(c.UserOptions.Tags),
	}
	if c.User != nil {
		rec = c.User(id)
	}
	rec.AlarmComID, rec.Username = id, "suite.user."+id
	return rec
}

func (c SinkCase) badUser(id string) (adcimport.UserRecord, bool) {
	if c.BadUser != nil {
		return c.BadUser(id), true
	}
	rec := adcimport.UserRecord{AlarmComID: id}
	v, ok := ability.Find[adcimport.UserValidator](c.Sink)
	return rec, ok && len(v.ValidateUser(rec)) > 0
}

func smear(list []string, m map[string]string) {
	for i := range list {
		list[i] = "changed by the caller"
	}
	for k := range m {
		m[k] = "changed by the caller"
	}
}
