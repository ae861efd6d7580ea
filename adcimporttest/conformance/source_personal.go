package conformance

import (
	"context"
	"fmt"

	"github.com/securitytrax/adcimport"
)

// personalOf marks what is a person's in the records of a case.
func personalOf(c SourceCase) marks {
	m := marks{}
	for _, v := range c.Customers {
		m.add("PrimaryPhoneNumber", v.PrimaryPhoneNumber)
		m.add("PrimaryEmail", v.PrimaryEmail)
		m.add("InstallAddress", v.InstallAddress.Street1)
		m.add("name", v.FirstName+" "+v.LastName)
	}
	for _, v := range c.Users {
		m.add("Phone", v.Phone)
		m.add("Email", v.Email)
		m.add("Address", v.Address.Street1)
		m.add("name", v.FirstName+" "+v.LastName)
	}
	return m
}

// personalLooks is at how many looks at its context a listing is canceled.
const personalLooks = 40

// sourcePersonal looks at the errors of listings that are canceled or cannot be.
func sourcePersonal[T any](side func(SourceCase) *sourceSide[T]) func(t *trial, c SourceCase) {
	return func(t *trial, c SourceCase) {
		s, m := side(c), personalOf(c)
		if !s.supported(t) {
			return
		}
		for n := int64(1); n <= personalLooks; n++ {
			ctx := newLooks(t.ctx, n)
			_, err := readPages(s.list(ctx, sideFilter{}, ""))
			ctx.cancel()
			m.impersonal(t, fmt.Sprintf("a listing that is canceled at look %d at its context", n), err)
		}
		_, err := readPages(s.list(t.ctx, sideFilter{}, noCursor))
		m.impersonal(t, "a listing from a cursor that is none", err)
		_, err = readPages(s.list(t.ctx, sideFilter{ids: []string{s.unknown}}, ""))
		m.impersonal(t, "a listing of an unknown id", err)
		if s.detail == nil {
			return
		}
		ids := append([]string{s.unknown}, c.LeftOut...)
		for _, v := range s.want[:min(len(s.want), 5)] {
			ids = append(ids, s.id(v))
		}
		for _, id := range ids {
			for _, ctx := range []context.Context{t.ctx, canceledContext(t)} {
				_, err := s.detail(ctx, id)
				m.impersonal(t, "the detail of "+id, err)
			}
		}
	}
}

func sourcePersonalRules() []rule[SourceCase] {
	const explain = "no error has anything of a person: no name, phone, e-mail or street, neither in its text nor in that of what it wraps"
	return []rule[SourceCase]{
		{"customers_personal", explain, sourcePersonal[adcimport.Customer](customerSide)},
		{"users_personal", explain, sourcePersonal[adcimport.User](userSide)},
	}
}
