package securitytrax

import (
	"context"
	"errors"
	"net/http"

	"github.com/securitytrax/adcimport"
)

const opHolds = "look for a record by its own id"

// Holds says which records are there, by their SecurityTrax ids, whatever Alarm.com id
// they carry. It reads each one.
func (s *Sink) Holds(ctx context.Context, k adcimport.Kind, ids []string) (map[string]bool, error) {
	path := s.schema.Customers.Path
	if k == adcimport.KindUser {
		path = s.schema.Users.Path
	}
	held := make(map[string]bool)
	for _, id := range ids {
		doc, err := s.client.read(ctx, opHolds, id, s.client.urlOf(path, id))
		e, ok := errors.AsType[*APIError](err)
		switch {
		case ok && (e.Status == http.StatusNotFound || e.Status == http.StatusGone) && !errors.Is(err, errPage):
		case err != nil:
			return nil, err
		case len(doc.Data) == 1 && doc.Data[0].ID == id:
			held[id] = true
		}
	}
	return held, nil
}
