package conformance_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"github.com/securitytrax/adcimport"
)

// dirSink keeps customers as files of a directory, one each: the file's name
// makes them unique.
type dirSink struct{ dir string }

func (s dirSink) file(id string) string {
	return filepath.Join(s.dir, "customer-"+url.PathEscape(id)+".json")
}

// FindCustomers is asked before every create.
func (s dirSink) FindCustomers(ctx context.Context, keys []adcimport.CustomerKey) (map[string][]string, error) {
	found := make(map[string][]string)
	for _, k := range keys {
		if err := context.Cause(ctx); err != nil {
			return nil, err // not "nothing there"
		}
		switch _, err := os.Stat(s.file(k.ID)); {
		case err == nil:
			found[k.ID] = []string{filepath.Base(s.file(k.ID))}
		case !errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("find customer %s: %w", k.ID, err)
		}
	}
	return found, nil
}

// CreateCustomers returns one result for each record, in order.
func (s dirSink) CreateCustomers(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
	results := make([]adcimport.WriteResult, len(recs))
	for i, rec := range recs {
		results[i] = s.create(ctx, rec)
	}
	return results, nil
}

func (s dirSink) create(ctx context.Context, rec adcimport.CustomerRecord) adcimport.WriteResult {
	if broken := s.ValidateCustomer(rec); len(broken) > 0 {
		return adcimport.WriteResult{Status: adcimport.WriteRejected, Err: &adcimport.RecordError{
			ID: rec.AlarmComID, Reason: adcimport.ReasonRejectedBySink, Fields: broken,
		}}
	}
	temp, err := os.CreateTemp(s.dir, "new-*")
	if err != nil {
		return adcimport.WriteResult{Status: adcimport.WriteNotSent, Err: err}
	}
	defer func() { _ = os.Remove(temp.Name()) }()
	err = errors.Join(json.NewEncoder(temp).Encode(rec), temp.Sync(), temp.Close(), adcimport.CheckWrite(ctx))
	if err != nil { // the last of them just before it counts
		return adcimport.WriteResult{Status: adcimport.WriteNotSent, Err: err}
	}
	name := filepath.Base(s.file(rec.AlarmComID))
	switch err := os.Link(temp.Name(), s.file(rec.AlarmComID)); {
	case err == nil:
		return adcimport.WriteResult{Status: adcimport.WriteCreated, ID: name}
	case errors.Is(err, fs.ErrExist):
		return adcimport.WriteResult{Status: adcimport.WriteExists, ID: name}
	default:
		return adcimport.WriteResult{Status: adcimport.WriteUnknown, Err: err} // looked up later, never guessed
	}
}

// ValidateCustomer is optional: what it names never comes to CreateCustomers.
func (dirSink) ValidateCustomer(rec adcimport.CustomerRecord) []adcimport.FieldError {
	if rec.LastName == "" && rec.BusinessName == "" {
		return []adcimport.FieldError{{Field: "LastName", Rule: "is required without a BusinessName"}}
	}
	return nil
}
