package embed

import (
	"context"
	"io"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/audit"
	"github.com/securitytrax/adcimport/match"
)

// Review shows who waits, and stores what a person chose, as docs/matching.md shows.
func Review(ctx context.Context, imp *adcimport.Importer, show func(adcimport.CustomerComparison)) error {
	for r, err := range imp.ToReview(ctx, adcimport.KindCustomer) {
		if err != nil {
			return err
		}
		both, err := imp.CustomerCandidates(ctx, r.SourceID) // both sides, read now, for whoever may see them
		if err != nil {
			return err
		}
		show(both)
	}
	return imp.Decide(
		ctx, adcimport.KindCustomer,
		adcimport.Decision{SourceID: "1001", LinkTo: "5001"}, // it is this one
		adcimport.Decision{SourceID: "1002", Create: true},   // it is none of them
	)
}

// Stricter has an importer link less than it would, as docs/matching.md shows.
func Stricter(cfg adcimport.Config) (adcimport.Config, error) {
	rules := match.Rules{
		LinkCustomers: []match.Demand{{
			All: []match.Evidence{match.EvidenceName, match.EvidenceAddress}, // link only with the same address
			Any: []match.Evidence{match.EvidenceAccount, match.EvidencePhone, match.EvidenceEmail},
			Of:  1,
		}},
		OwnNames:     []string{"Acme Alarms"}, // ours: no evidence of who a customer is
		OwnDomains:   []string{"acme.example"},
		Placeholders: []string{"Vacant"}, // besides Customer, Test, Unknown and such
	}
	if err := rules.Check(); err != nil {
		return adcimport.Config{}, err // as in: Rules.LinkCustomers[0]: would link by phone, name, which is not enough to link
	}
	cfg.MatchRules = rules
	return cfg, nil
}

// Differences writes where the three sides differ, as docs/audit.md shows.
func Differences(ctx context.Context, w io.Writer, source adcimport.Source, sink adcimport.Sink, store adcimport.StateStore) error {
	return audit.WriteCSV(w, audit.Customers(ctx, audit.Config{Link: "dealer-1", Source: source, Sink: sink, Store: store}))
}
