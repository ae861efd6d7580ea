package match_test

import (
	"encoding/json"
	"fmt"

	"github.com/securitytrax/adcimport/match"
)

// A host that links only where the address is the same, too, and whose own name and
// domain tell nothing of a customer.
func ExampleRules() {
	rules := match.Rules{
		LinkCustomers: []match.Demand{{
			All: []match.Evidence{match.EvidenceName, match.EvidenceAddress},
			Any: []match.Evidence{match.EvidenceAccount, match.EvidencePhone, match.EvidenceEmail},
			Of:  1,
		}},
		OwnNames:   []string{"Acme Alarms"},
		OwnDomains: []string{"acme.example"},
	}
	fmt.Println(rules.Check())
	data, err := json.Marshal(rules)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(data))
	// Output:
	// <nil>
	// {"link_customers":[{"all":["name","address"],"any":["account","phone","email"],"of":1}],"own_names":["Acme Alarms"],"own_domains":["acme.example"]}
}

// Less than the default is refused, since it would link the wrong records.
func ExampleRules_Check() {
	rules := match.Rules{LinkCustomers: []match.Demand{{All: []match.Evidence{match.EvidenceName, match.EvidencePhone}}}}
	fmt.Println(rules.Check())
	// Output:
	// match: Rules.LinkCustomers[0]: would link by phone, name, which is not enough to link
}
