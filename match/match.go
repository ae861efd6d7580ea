// Package match has the words in which an importer says whether a record of
// Alarm.com is in SecurityTrax already: what is equal ([Evidence]), what keeps a
// rule from linking ([Veto]), what follows ([Verdict]), and the [Rules] that a host
// may make stricter. docs/matching.md explains them with examples.
//
// Nothing in a [Result] is personal: it holds ids and names of evidence, and is
// stored with the record's outcome. Values are in [Customer], [User] and the
// candidates, which are read live and never stored or logged.
package match

// Evidence names what is equal in a record and a candidate. The names are stored
// and never change.
type Evidence string

const (
	// EvidenceAccount is the account number at the central station, without spaces
	// and dashes, in upper case; leading zeros count. Receiver numbers are equal, or
	// one is empty. Under four characters, or of one digit only, it is none.
	EvidenceAccount Evidence = "account"
	// EvidencePhone is a phone number, by its last ten digits; any number of the
	// candidate will do. Of one digit only, of the form 555-01xx, or shared, it is
	// none.
	EvidencePhone Evidence = "phone"
	// EvidenceEmail is an e-mail address, trimmed, in lower case. Shared, made up
	// (none@, noemail@, na@) or of the dealer's own domain it is none.
	EvidenceEmail Evidence = "email"
	// EvidenceAddress is house number, street, unit and ZIP code of five digits, with
	// suffixes and directions as the postal service writes them. A unit on one side
	// only is not equal. A post office box, or a street without a number, is none.
	EvidenceAddress Evidence = "address"
	// EvidenceName is the last name and the first name, where a nickname or an
	// initial will do; or the name of a business without Inc, LLC and the like.
	// Placeholders and the dealer's own name are none.
	EvidenceName Evidence = "name"
	// EvidenceSurname is the last name without the first, or with another Jr, Sr or
	// III. It never counts alone.
	EvidenceSurname Evidence = "surname"
	// EvidenceUsername is the login name of a user, without regard to case.
	EvidenceUsername Evidence = "username"
)

// Veto names what keeps a candidate from being linked by a rule, whatever is equal.
// The names are stored and never change.
type Veto string

const (
	// VetoAddress is two addresses that are both there and not the same: a second
	// site looks exactly like a move.
	VetoAddress Veto = "other_address"
	// VetoAlarmComID is another Alarm.com id that the candidate carries, or got by a
	// decision.
	VetoAlarmComID Veto = "other_alarmcom_id"
	// VetoAccount is two account numbers that are both there and differ.
	VetoAccount Veto = "other_account"
	// VetoLead is a candidate that is a lead, not a customer.
	VetoLead Veto = "lead"
	// VetoInactive is a candidate that is not active in SecurityTrax.
	VetoInactive Veto = "inactive"
	// VetoDeleted is a candidate that was deleted in SecurityTrax.
	VetoDeleted Veto = "deleted"
	// VetoClaimed is a candidate that another record of Alarm.com may be as well.
	VetoClaimed Veto = "claimed"
	// VetoSeveral is a record for which more than one candidate is to be proposed.
	VetoSeveral Veto = "several"
)

// Verdict says what a candidate is to a record, and what becomes of a record. The
// names are stored and never change.
type Verdict string

const (
	// Different is a candidate that is somebody else. A record is Different when all
	// its candidates are Different or Elsewhere: it is created.
	Different Verdict = "different"
	// Elsewhere is a candidate that would be proposed, and is another system of the
	// same people: it has another Alarm.com id, at another address. The record is
	// created, and its outcome notes the candidate. A user is Elsewhere who has the
	// record's e-mail address, another login and another Alarm.com id.
	Elsewhere Verdict = "elsewhere"
	// Taken is a user who has the record's login and nothing else of it: the record
	// cannot be created under that login.
	Taken Verdict = "taken"
	// Propose is for a person to decide.
	Propose Verdict = "propose"
	// Link is certain by the rules. It is linked without a person where the host
	// allows that, and proposed otherwise.
	Link Verdict = "link"
)

// Weighed is one candidate of a record: an id and names, nothing personal.
type Weighed struct {
	ID       string     `json:"id"` // of the candidate, at the sink
	Verdict  Verdict    `json:"verdict"`
	Evidence []Evidence `json:"evidence,omitempty"` // what is equal
	Vetoes   []Veto     `json:"vetoes,omitempty"`   // what keeps it from being linked
}

// Result is what the rules say of one record. The zero Result stands for
// [Different]: there is nobody.
type Result struct {
	Verdict Verdict `json:"verdict,omitempty"`
	// Candidates are those that are not [Different], at most [MaxCandidates], the
	// likeliest first.
	Candidates []Weighed `json:"candidates,omitempty"`
	// Left is how many more candidates there were.
	Left int `json:"left,omitempty"`
}

// MaxCandidates is how many candidates a [Result] has room for.
const MaxCandidates = 5

// ToCreate reports whether the record is nobody who is there already.
func (r Result) ToCreate() bool {
	return r.Verdict == "" || r.Verdict == Different || r.Verdict == Elsewhere
}

// Linked returns the id of the candidate to link; empty: none is certain.
func (r Result) Linked() string {
	if r.Verdict != Link || len(r.Candidates) == 0 {
		return ""
	}
	return r.Candidates[0].ID
}

// Proposed returns r for a host that links nothing without a person: what would be
// linked is proposed. It shares nothing with r.
func (r Result) Proposed() Result {
	r.Candidates = append([]Weighed(nil), r.Candidates...)
	for i := range r.Candidates {
		c := &r.Candidates[i]
		c.Evidence, c.Vetoes = append([]Evidence(nil), c.Evidence...), append([]Veto(nil), c.Vetoes...)
		if c.Verdict == Link {
			c.Verdict = Propose
		}
	}
	if r.Verdict == Link {
		r.Verdict = Propose
	}
	return r
}
