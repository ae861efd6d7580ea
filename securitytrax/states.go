package securitytrax

import "slices"

// States are the 72 codes that SecurityTrax takes for the state of an address
// (FACTS "Resources"): 50 states and DC, 8 territories, 13 Canadian provinces
// and territories. The slice is the caller's.
func States() []string {
	return slices.Concat(usStates(), usTerritories(), canadianProvinces())
}

func usStates() []string {
	return []string{
		"AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "DC", "FL", "GA", "HI", "ID",
		"IL", "IN", "IA", "KS", "KY", "LA", "ME", "MD", "MA", "MI", "MN", "MS", "MO",
		"MT", "NE", "NV", "NH", "NJ", "NM", "NY", "NC", "ND", "OH", "OK", "OR", "PA",
		"RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA", "WV", "WI", "WY",
	}
}

// usTerritories are those that have a postal code of their own, the freely
// associated states among them.
func usTerritories() []string {
	return []string{"AS", "FM", "GU", "MH", "MP", "PR", "PW", "VI"}
}

func canadianProvinces() []string {
	return []string{"AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"}
}
