package adcimport

import (
	"context"
	"slices"
	"strconv"
	"sync/atomic"

	"github.com/securitytrax/adcimport/internal/engine"
	"github.com/securitytrax/adcimport/internal/fingerprint"
	"github.com/securitytrax/adcimport/internal/mapping"
)

// Overwrite says whose a field is, once the record is at the destination: what an
// update ([Upsert]) does with it. A create writes every field.
type Overwrite string

// What updates do with a field. The zero value is OverwriteAlways.
const (
	// OverwriteAlways is for a field that belongs to the mapping. An update writes it,
	// and clears it when it was emptied at Alarm.com since the last import. What
	// Alarm.com never had is left alone.
	OverwriteAlways Overwrite = mapping.Always
	// OverwriteIfEmpty fills the field where the destination has nothing. The sink
	// must be a [CustomerReader], or a [UserReader] for users: else [New] refuses it.
	// A boolean is never empty, and cannot have it.
	OverwriteIfEmpty Overwrite = mapping.IfEmpty
	// OverwriteNever is for a field that belongs to the people at the destination.
	OverwriteNever Overwrite = mapping.Never
)

// Optional abilities of a [Sink], found as the others are.
type (
	// CustomerReader reads customers as they are at the destination, by its ids: every
	// field that the sink writes, with the custom attributes. A customer that is not
	// there is missing from the result.
	CustomerReader interface {
		ReadCustomers(ctx context.Context, ids []string) (map[string]CustomerRecord, error)
	}
	// UserReader does the same for users.
	UserReader interface {
		ReadUsers(ctx context.Context, ids []string) (map[string]UserRecord, error)
	}
)

// ownable is a field that rules may own: one of text, or the switch.
type ownable[R any] struct {
	name string
	text func(*R) *string
	on   func(*R) *bool
}

func (f ownable[R]) of(r *R) string {
	if f.on == nil {
		return *f.text(r)
	}
	return strconv.FormatBool(*f.on(r))
}

func (f ownable[R]) blank(r *R) {
	if f.on == nil {
		*f.text(r) = ""
	} else {
		*f.on(r) = false
	}
}

// customerOwnables are numbered by their places, which are stored: new ones come last.
func customerOwnables() []ownable[CustomerRecord] {
	text := func(name string, of func(*CustomerRecord) *string) ownable[CustomerRecord] {
		return ownable[CustomerRecord]{name: name, text: of}
	}
	return []ownable[CustomerRecord]{
		text("FirstName", func(r *CustomerRecord) *string { return &r.FirstName }),
		text("LastName", func(r *CustomerRecord) *string { return &r.LastName }),
		text("BusinessName", func(r *CustomerRecord) *string { return &r.BusinessName }),
		text("Phone1", func(r *CustomerRecord) *string { return &r.Phone1 }),
		text("Email", func(r *CustomerRecord) *string { return &r.Email }),
		text("Address1", func(r *CustomerRecord) *string { return &r.Address1 }),
		text("City", func(r *CustomerRecord) *string { return &r.City }),
		text("State", func(r *CustomerRecord) *string { return &r.State }),
		text("Zip", func(r *CustomerRecord) *string { return &r.Zip }),
		text("SaleDate", func(r *CustomerRecord) *string { return &r.SaleDate }),
		text("AccountNumber", func(r *CustomerRecord) *string { return &r.AccountNumber }),
		text("ReceiverNumber", func(r *CustomerRecord) *string { return &r.ReceiverNumber }),
		text(repField, func(r *CustomerRecord) *string { return &r.RepID }),
		{name: "ServiceTwoWayVoice", on: func(r *CustomerRecord) *bool { return &r.ServiceTwoWayVoice }},
	}
}

const repField = "RepID"

// userOwnables are numbered as customerOwnables are.
func userOwnables() []ownable[UserRecord] {
	text := func(name string, of func(*UserRecord) *string) ownable[UserRecord] {
		return ownable[UserRecord]{name: name, text: of}
	}
	return []ownable[UserRecord]{
		text("FirstName", func(r *UserRecord) *string { return &r.FirstName }),
		text("LastName", func(r *UserRecord) *string { return &r.LastName }),
		text("Username", func(r *UserRecord) *string { return &r.Username }),
		text("Email", func(r *UserRecord) *string { return &r.Email }),
		text("CellPhone", func(r *UserRecord) *string { return &r.CellPhone }),
		text("Address.Street1", func(r *UserRecord) *string { return &r.Address.Street1 }),
		text("Address.Street2", func(r *UserRecord) *string { return &r.Address.Street2 }),
		text("Address.City", func(r *UserRecord) *string { return &r.Address.City }),
		text("Address.State", func(r *UserRecord) *string { return &r.Address.State }),
		text("Address.Zip", func(r *UserRecord) *string { return &r.Address.Zip }),
		text("Address.Country", func(r *UserRecord) *string { return &r.Address.Country }),
	}
}

// owning is what the rules of a mapping say of updates.
type owning[R any] struct {
	fields  []ownable[R]
	owned   map[string]mapping.Ownership // by target; missing: always
	customs []string                     // names of custom attributes that the mapping fills
	custom  func(*R) *map[string]string
	changes func(*R) (clears, leaves *[]string)
	read    func(ctx context.Context, sinkIDs []string) (map[string]R, error) // nil: the sink cannot

	defaultRep string
	lateReps   *atomic.Bool // reps are known now, and the sink cannot tell whether people chose others
}

func (imp *Importer) customersOwned(o CustomerOptions, late *atomic.Bool) *owning[CustomerRecord] {
	w := &owning[CustomerRecord]{
		fields: customerOwnables(), owned: imp.customers.Owned(), customs: imp.customers.Customs(),
		defaultRep: o.DefaultRepID, lateReps: late,
		custom:  func(r *CustomerRecord) *map[string]string { return &r.Custom },
		changes: func(r *CustomerRecord) (clears, leaves *[]string) { return &r.Clear, &r.Leave },
	}
	if reader, ok := ability[CustomerReader](imp.cfg.Sink); ok {
		w.read = func(ctx context.Context, ids []string) (map[string]CustomerRecord, error) {
			read := func(ctx context.Context) (map[string]CustomerRecord, error) { return reader.ReadCustomers(ctx, ids) }
			return called(ctx, imp.host, "Sink.ReadCustomers", len(ids), read)
		}
	}
	return w
}

func (imp *Importer) usersOwned() *owning[UserRecord] {
	w := &owning[UserRecord]{
		fields: userOwnables(), owned: imp.users.Owned(), customs: imp.users.Customs(),
		custom:  func(r *UserRecord) *map[string]string { return &r.Custom },
		changes: func(r *UserRecord) (clears, leaves *[]string) { return &r.Clear, &r.Leave },
	}
	if reader, ok := ability[UserReader](imp.cfg.Sink); ok {
		w.read = func(ctx context.Context, ids []string) (map[string]UserRecord, error) {
			read := func(ctx context.Context) (map[string]UserRecord, error) { return reader.ReadUsers(ctx, ids) }
			return called(ctx, imp.host, "Sink.ReadUsers", len(ids), read)
		}
	}
	return w
}

func (w *owning[R]) rule(name string) string { return w.owned[name].Overwrite }

// hash is a fingerprint of what a mapping made, but for what belongs to people, with
// the fields that have a value. It adds the fields of a record to the hash with add.
func (w *owning[R]) hash(key []byte, add func(*fingerprint.Hasher, *R)) func(*R) string {
	h := fingerprint.NewHasher(key)
	var theirs []ownable[R]
	for _, f := range w.fields {
		if w.rule(f.name) == mapping.Never {
			theirs = append(theirs, f)
		}
	}
	customs := slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(w.customs))), func(name string) bool {
		return w.rule("Custom."+name) == mapping.Never
	})
	groups := make([]string, len(customs))
	for i, name := range customs {
		groups[i] = fingerprint.CustomOf(name)
	}
	var had []string
	return func(r *R) string {
		if len(theirs) > 0 {
			kept := *r
			for _, f := range theirs {
				f.blank(&kept)
			}
			r = &kept
		}
		add(h, r)
		var filled uint16
		for i, f := range w.fields {
			if f.on == nil && *f.text(r) != "" {
				filled |= 1 << i
			}
		}
		had = had[:0]
		custom := *w.custom(r)
		for i, name := range customs {
			if value, ok := custom[name]; ok {
				h.Add(name, value)
				had = append(had, groups[i])
			}
		}
		return h.Print(filled, had)
	}
}

// Reads implements [engine.Owning].
func (w *owning[R]) Reads(o *engine.Owned[R]) bool {
	if w.read == nil {
		return false
	}
	had, now := fingerprint.Parse(o.Had), fingerprint.Parse(o.Now)
	for _, own := range w.owned {
		if own.Overwrite == mapping.IfEmpty && had.Sum != now.Sum {
			return true
		}
	}
	for i, f := range w.fields {
		if f.name == repField && w.rule(repField) != mapping.Never {
			return given(now, i) && !given(had, i)
		}
	}
	return false
}

// Read implements [engine.Owning].
func (w *owning[R]) Read(ctx context.Context, sinkIDs []string) (map[string]R, error) {
	return w.read(ctx, sinkIDs)
}
