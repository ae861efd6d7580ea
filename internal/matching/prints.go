package matching

import (
	"strconv"

	"github.com/securitytrax/adcimport/internal/fingerprint"
	"github.com/securitytrax/adcimport/match"
)

// CustomerPrint is a hash, under the host's key, of what is compared of a record and of
// the rules. It is remembered with what is undecided: a later run that reads the same
// record asks nothing for it. What is written in another way and compares as equal
// hashes as equal.
func (j *Judge) CustomerPrint(key []byte, c match.Customer) string {
	h := fingerprint.NewHasher(key)
	h.Add(j.text) // with other rules, what is undecided is weighed again
	f := j.customer(c)
	f.addTo(h)
	return h.Sum()
}

// UserPrint does for users what CustomerPrint does for customers.
func (j *Judge) UserPrint(key []byte, u match.User) string {
	h := fingerprint.NewHasher(key)
	h.Add(j.text)
	f := j.user(u)
	f.addTo(h)
	return h.Sum()
}

// addList adds a list with its length, so that no two lists in a row look alike.
func addList(h *fingerprint.Hasher, list []string) {
	h.Add(strconv.Itoa(len(list)))
	h.Add(list...)
}

func (c *customer) addTo(h *fingerprint.Hasher) {
	h.Add(c.person.first, c.person.middle, c.person.last, c.person.generation, c.business, c.whole)
	addList(h, c.phones)
	addList(h, c.emails)
	h.Add(c.place.number, c.place.street, c.place.unit, c.place.zip, c.account, c.receiver)
}

func (u *user) addTo(h *fingerprint.Hasher) {
	h.Add(u.person.first, u.person.middle, u.person.last, u.person.generation, u.username)
	addList(h, u.emails)
}
