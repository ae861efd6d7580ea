package conformance

import (
	"context"
	"errors"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/adcimporttest/internal/panics"
)

// StoppedRun calls do with the context of a sink call of a real run that was
// told to stop: the context itself is alive, and [adcimport.CheckWrite] returns
// an error. A sink that writes under it has not asked. It returns when do has
// returned and the run has ended.
func StoppedRun(ctx context.Context, do func(ctx context.Context)) error {
	return stoppingRun(ctx, func(ctx context.Context, stop context.CancelFunc) {
		stop()
		do(ctx)
	})
}

// stoppingRun is StoppedRun that leaves the stop to do.
func stoppingRun(ctx context.Context, do func(ctx context.Context, stop context.CancelFunc)) error {
	outer, stop := context.WithCancel(ctx)
	defer stop()
	var thrown error // as an error of the run it would be told as one
	sink := &stoppedSink{do: func(ctx context.Context) {
		defer stop()
		thrown = panics.Guard(func() error { do(ctx, stop); return nil })
	}}
	imp, err := adcimport.New(adcimport.Config{
		Link:   "stopped run",
		Source: &adcimporttest.Source{Full: true, Dealer: &adcimporttest.Dealer{Customers: []adcimport.Customer{{ID: "1"}}}},
		Sink:   sink,
		Store:  new(adcimport.MemoryStore),
	})
	if err != nil {
		return err
	}
	_, err = imp.ImportCustomers(outer, adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
	if sink.called {
		return errors.Join(thrown, imp.Close(ctx))
	}
	return errors.Join(errors.New("the run ended before it wrote"), err, imp.Close(ctx))
}

// stoppedSink hands the context of a create over.
type stoppedSink struct {
	adcimporttest.Sink

	do     func(context.Context)
	called bool
}

func (s *stoppedSink) CreateCustomers(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
	results := make([]adcimport.WriteResult, len(recs))
	for i := range results {
		results[i].Status = adcimport.WriteNotSent // nothing in doubt: the run ends at once
	}
	if !s.called {
		s.called = true
		s.do(ctx)
	}
	return results, nil
}
