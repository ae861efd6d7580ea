package conformance

// SourceRuleNames are the rules of the suite for sources.
func SourceRuleNames() []string { return ruleNames(sourceRules()) }

// SinkRuleNames are the rules of the suite for sinks.
func SinkRuleNames() []string { return ruleNames(sinkRules()) }

func ruleNames[C any](rules []rule[C]) []string {
	var names []string
	for _, r := range rules {
		names = append(names, r.name)
	}
	return names
}

// NoCursor is the cursor that the suite takes for none.
const NoCursor = noCursor

// MovedTo is the city that the suite moves records to.
const MovedTo = movedTo
