package partnerapi

import "slices"

// repFieldPaths are the paths that are read of a rep.
var repFieldPaths = []string{
	repSupportID, "repId", "repLoginName", "repEmail", "repPhoneNumber", repBranch, repRoles,
	"repAddress.firstName", "repAddress.lastName", "repAddress.street1", "repAddress.street2",
	"repAddress.city", "repAddress.state", "repAddress.zip", "repAddress.countryId",
}

// repPaths says which of repFieldPaths a rep was given with, bit by bit: there is
// one for each rep of an account, and a map for each takes more than the rep.
type repPaths uint32

func repPathsOf(given map[string]bool) repPaths {
	var bits repPaths
	for i, path := range repFieldPaths {
		if given[path] {
			bits |= 1 << i
		}
	}
	return bits
}

func (p repPaths) has(path string) bool {
	i := slices.Index(repFieldPaths, path)
	return i >= 0 && p&(1<<i) != 0
}

// all is every path, and whether the rep was given with it.
func (p repPaths) all() map[string]bool {
	given := make(map[string]bool, len(repFieldPaths))
	for _, path := range repFieldPaths {
		given[path] = p.has(path)
	}
	return given
}
