package adcimporttest

import (
	"context"
	"fmt"

	"github.com/securitytrax/adcimport"
)

// StoreRuleNames are the rules of the suite for state stores.
func StoreRuleNames() []string {
	var names []string
	for _, r := range storeRules() {
		names = append(names, r.name)
	}
	return names
}

// TryStoreRule checks a store by one rule.
func TryStoreRule(ctx context.Context, name string, s adcimport.StateStore) error {
	for _, r := range storeRules() {
		if r.name == name {
			return r.try(ctx, s)
		}
	}
	return fmt.Errorf("no rule %s", name)
}
