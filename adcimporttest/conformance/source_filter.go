package conformance

import (
	"fmt"
	"slices"
)

// filterRules are the rules on filters of one kind.
func filterRules[T any](what string, side func(SourceCase) *sourceSide[T]) []rule[SourceCase] {
	on := func(name, explain string, check func(*trial, *sourceSide[T])) rule[SourceCase] {
		return rule[SourceCase]{what + "_" + name, explain, func(t *trial, c SourceCase) {
			if s := side(c); s.supported(t) {
				check(t, s)
			}
		}}
	}
	return []rule[SourceCase]{
		on("filter", "a filter by sub-dealers or roles omits nobody whom its Match selects: any of the ids, all of the criteria",
			sourceFilter[T]),
		on("named", "a filter that names ids delivers those ids, with the other criteria that match", sourceNamed[T]),
		on("unknown", "an id that no record has is no record, and does not spoil the others", sourceUnknown[T]),
		on("filter_resume", "with a filter too, the Next of each page delivers exactly the rest", sourceFilterResume[T]),
		on("filter_kept", "the slices of a filter are neither changed nor kept: the caller may change them after the call", sourceFilterKept[T]),
	}
}

// groups are filters by sub-dealers and roles: each alone, two together, both
// criteria.
func (s *sourceSide[T]) groups() []sideFilter {
	var subs, roles []string
	for _, v := range s.want {
		subs, roles = append(subs, s.subs(v)...), append(roles, s.roles(v)...)
	}
	var list []sideFilter
	subs, roles = distinct(subs), distinct(roles)
	for i := range subs {
		list = append(list, sideFilter{subs: subs[i : i+1]})
	}
	for i := range roles {
		list = append(list, sideFilter{roles: roles[i : i+1]})
	}
	if len(subs) > 1 {
		list = append(list, sideFilter{subs: []string{subs[1], subs[0]}})
	}
	if len(roles) > 1 {
		list = append(list, sideFilter{roles: []string{roles[1], roles[0]}})
	}
	if len(roles) > 0 && len(subs) > 0 {
		list = append(list, sideFilter{subs: subs[:1], roles: roles[:1]})
	}
	return list
}

func distinct(ids []string) []string {
	slices.Sort(ids)
	return slices.Compact(ids)
}

func (f sideFilter) String() string {
	return fmt.Sprintf("with ids %s, sub-dealers %s, roles %s", few(f.ids), few(f.subs), few(f.roles))
}

func (s *sourceSide[T]) selects(t *trial, f sideFilter) {
	t.sameIDs(f.String(), s.selected(t, f), s.expected(f))
}

func sourceFilter[T any](t *trial, s *sourceSide[T]) {
	groups := s.groups()
	if len(groups) == 0 {
		t.leaveOut("no record has a sub-dealer or a role")
	}
	for _, f := range groups {
		s.selects(t, f)
	}
}

func sourceNamed[T any](t *trial, s *sourceSide[T]) {
	all := s.expected(sideFilter{})
	if len(all) == 0 {
		t.leaveOut("no records to name")
		return
	}
	s.selects(t, sideFilter{ids: all[len(all)-1:]})
	s.selects(t, sideFilter{ids: []string{all[len(all)-1], all[0], all[len(all)/2]}})
	s.selects(t, sideFilter{ids: all})
	for _, f := range s.groups() {
		f.ids = all[:(len(all)+1)/2]
		s.selects(t, f)
	}
}

func sourceUnknown[T any](t *trial, s *sourceSide[T]) {
	s.selects(t, sideFilter{ids: []string{s.unknown}})
	if all := s.expected(sideFilter{}); len(all) > 0 {
		s.selects(t, sideFilter{ids: []string{s.unknown, all[0]}})
	}
	for _, f := range s.groups() {
		s.selects(t, sideFilter{ids: []string{s.unknown}, subs: f.subs, roles: f.roles})
	}
}

func sourceFilterResume[T any](t *trial, s *sourceSide[T]) {
	filters := s.groups()
	if all := s.expected(sideFilter{}); len(all) > 0 {
		slices.Reverse(all)
		filters = append(filters, sideFilter{ids: all})
	}
	for _, f := range filters {
		pages := s.whole(t, f, "")
		for i, p := range pages[:max(0, len(pages)-1)] {
			rest, err := readPages(s.list(t.ctx, f, p.Next))
			t.noError(fmt.Sprintf("list %s from the Next of page %d %v", s.what, i+1, f), err)
			t.sameOrder(fmt.Sprintf("from the Next of page %d of %d %v", i+1, len(pages), f), s.ids(rest), s.ids(pages[i+1:]))
		}
	}
}

func sourceFilterKept[T any](t *trial, s *sourceSide[T]) {
	filters := s.groups()
	if all := s.expected(sideFilter{}); len(all) > 1 {
		filters = append(filters, sideFilter{ids: []string{all[1], all[0]}})
	}
	for _, f := range filters {
		want := s.ids(s.whole(t, f, ""))
		given := sideFilter{slices.Clone(f.ids), slices.Clone(f.subs), slices.Clone(f.roles)}
		seq := s.list(t.ctx, given, "")
		t.equal("the filter after the call", given, f)
		for _, ids := range [][]string{given.ids, given.subs, given.roles} {
			for i := range ids {
				ids[i] = s.unknown
			}
		}
		pages, err := readPages(seq)
		t.noError(fmt.Sprintf("list %s %v", s.what, f), err)
		t.sameOrder(fmt.Sprintf("after the slices of the filter changed, %v", f), s.ids(pages), want)
	}
}
