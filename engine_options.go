package adcimport

import "encoding/json"

// withoutDryRun leaves an option out that runs were stored with once, and that
// no stored run had on. Anything else that is not known stays, and is an error.
func withoutDryRun(stored []byte) []byte {
	var head, options map[string]json.RawMessage
	if json.Unmarshal(stored, &head) != nil || json.Unmarshal(head["options"], &options) != nil || string(options["DryRun"]) != "false" {
		return stored
	}
	delete(options, "DryRun")
	inner, err := json.Marshal(options)
	if err != nil {
		return stored
	}
	head["options"] = inner
	outer, err := json.Marshal(head)
	if err != nil {
		return stored
	}
	return outer
}
