package storetest

import (
	"context"
	"fmt"

	"github.com/securitytrax/adcimport/ledger"
)

// RuleNames are the rules of the suite for state stores.
func RuleNames() []string {
	var names []string
	for _, r := range allRules() {
		names = append(names, r.name)
	}
	return names
}

// TryRule checks a store by one rule.
func TryRule(ctx context.Context, name string, s ledger.StateStore) error {
	for _, r := range allRules() {
		if r.name == name {
			return r.try(ctx, s)
		}
	}
	return fmt.Errorf("no rule %s", name)
}
