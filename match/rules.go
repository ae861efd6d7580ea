package match

import "slices"

// Rules say what is enough to link, and what is enough to propose. They are data:
// the zero value is docs/matching.md, a host may demand more for a link and propose
// more, and [Rules.Check] refuses what would demand or propose less. A list that is
// given takes the place of the whole default list.
type Rules struct {
	// LinkCustomers has demands of which one is enough to link a customer, where
	// there is exactly one candidate and no veto. Empty: the name, and two of
	// account, phone, email and address.
	LinkCustomers []Demand `json:"link_customers,omitempty"`
	// ProposeCustomers has demands of which one is enough to propose a customer.
	// Empty: the name and one of account, phone, email and address; the account
	// alone; two of phone, email and address; the surname and the address.
	ProposeCustomers []Demand `json:"propose_customers,omitempty"`
	// LinkUsers does for users what LinkCustomers does for customers. Empty: the
	// username, and the email or the name.
	LinkUsers []Demand `json:"link_users,omitempty"`
	// ProposeUsers does for users what ProposeCustomers does for customers. Empty:
	// the username, and the email or the name; the email alone.
	ProposeUsers []Demand `json:"propose_users,omitempty"`

	// OwnNames are the dealer's own names: no evidence of who a customer is.
	OwnNames []string `json:"own_names,omitempty"`
	// OwnDomains are the dealer's own e-mail domains, as in example.com: an address
	// there is no evidence of who a customer is. They do not count for users, who
	// work there.
	OwnDomains []string `json:"own_domains,omitempty"`
	// Placeholders are words that stand where nobody knew a name, in addition to the
	// usual ones such as Customer, Test and Unknown.
	Placeholders []string `json:"placeholders,omitempty"`
}

// Demand is a combination of evidence: all of All, and at least Of out of Any.
type Demand struct {
	All []Evidence `json:"all,omitempty"`
	Any []Evidence `json:"any,omitempty"`
	Of  int        `json:"of,omitempty"` // 0 where Any is empty, else 1 to its length
}

// MetBy reports whether evidence fulfils d. A name is a surname too.
func (d Demand) MetBy(evidence []Evidence) bool {
	has := func(e Evidence) bool {
		return slices.Contains(evidence, e) || e == EvidenceSurname && slices.Contains(evidence, EvidenceName)
	}
	for _, e := range d.All {
		if !has(e) {
			return false
		}
	}
	n := 0
	for _, e := range d.Any {
		if has(e) {
			n++
		}
	}
	return n >= d.Of
}

// WithDefaults returns r with the default in place of each empty list of demands.
// It shares nothing with r.
func (r Rules) WithDefaults() Rules {
	others := []Evidence{EvidenceAccount, EvidencePhone, EvidenceEmail, EvidenceAddress}
	known := []Evidence{EvidenceEmail, EvidenceName}
	return Rules{
		LinkCustomers: demands(r.LinkCustomers,
			Demand{All: []Evidence{EvidenceName}, Any: others, Of: 2}),
		ProposeCustomers: demands(r.ProposeCustomers,
			Demand{All: []Evidence{EvidenceName}, Any: others, Of: 1},
			Demand{All: []Evidence{EvidenceAccount}},
			Demand{Any: []Evidence{EvidencePhone, EvidenceEmail, EvidenceAddress}, Of: 2},
			Demand{All: []Evidence{EvidenceSurname, EvidenceAddress}}),
		LinkUsers: demands(r.LinkUsers,
			Demand{All: []Evidence{EvidenceUsername}, Any: known, Of: 1}),
		ProposeUsers: demands(r.ProposeUsers,
			Demand{All: []Evidence{EvidenceUsername}, Any: known, Of: 1},
			Demand{All: []Evidence{EvidenceEmail}}),
		OwnNames:     slices.Clone(r.OwnNames),
		OwnDomains:   slices.Clone(r.OwnDomains),
		Placeholders: slices.Clone(r.Placeholders),
	}
}

// demands returns a copy of own, or the default where own is empty.
func demands(own []Demand, otherwise ...Demand) []Demand {
	if len(own) == 0 {
		own = otherwise
	}
	list := make([]Demand, len(own))
	for i, d := range own {
		list[i] = Demand{All: slices.Clone(d.All), Any: slices.Clone(d.Any), Of: d.Of}
	}
	return list
}
