package securitytrax

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/jsonapi"
)

const (
	opLinkCustomer = "link customer"
	opLinkUser     = "link user"
)

// LinkCustomers attaches an Alarm.com id to customers that have none, where
// Schema.CustomerID says, and a rep to those without one: each is read, and changed by
// one request. One that is gone, or has another Alarm.com id by now, is WriteRejected.
func (s *Sink) LinkCustomers(ctx context.Context, links []adcimport.CustomerLink) ([]adcimport.WriteResult, error) {
	return s.batch(ctx, len(links), func(ctx context.Context, i int, limit time.Duration) written {
		l := links[i]
		include := ""
		if s.schema.CustomerID == IDInConnection {
			include = s.schema.Customer.Connections
		}
		r, connections, w := s.toLink(ctx, opLinkCustomer, s.schema.Customers, l.ID, l.AlarmComID, include)
		if w.err != nil {
			return w
		}
		if w, ended := alreadyLinked(s.carriedBy(r, connections), l.ID, l.AlarmComID); ended {
			return w
		}
		return s.link(ctx, opLinkCustomer, l.AlarmComID, s.client.urlOf(s.schema.Customers.Path, l.ID), s.linkedCustomer(r, l), limit)
	})
}

// linkedCustomer is the change: the id, and the rep of one who has none. The state goes
// along as it is, since SecurityTrax wants it in every update.
func (s *Sink) linkedCustomer(r jsonapi.Resource, l adcimport.CustomerLink) jsonapi.New {
	n, attributes, related := s.schema.Customer, members{}, members{}
	attributes.text(n.State, r.Text(n.State))
	if s.schema.CustomerID == IDInAttribute {
		attributes.set(n.AlarmComID, l.AlarmComID)
	}
	if s.schema.CustomerID == IDInConnection {
		related.set(n.Connections, jsonapi.Nested(s.connection(l.AlarmComID)))
	}
	if l.RepID != "" && r.Related(n.Rep) == "" {
		related.set(n.Rep, jsonapi.ToOne(s.schema.Reps.Type, l.RepID))
	}
	return jsonapi.New{Type: s.schema.Customers.Type, ID: l.ID, Attributes: attributes, Relationships: related}
}

// LinkUsers attaches a support id to users that have none, and changes nothing else.
func (s *Sink) LinkUsers(ctx context.Context, links []adcimport.UserLink) ([]adcimport.WriteResult, error) {
	n := s.schema.User
	if n.AlarmComID == "" {
		return none(len(links), errors.ErrUnsupported)
	}
	return s.batch(ctx, len(links), func(ctx context.Context, i int, limit time.Duration) written {
		l := links[i]
		r, _, w := s.toLink(ctx, opLinkUser, s.schema.Users, l.ID, l.AlarmComID, "")
		if w.err != nil {
			return w
		}
		var carried []string
		if id := r.Text(n.AlarmComID); id != "" {
			carried = []string{id}
		}
		if w, ended := alreadyLinked(carried, l.ID, l.AlarmComID); ended {
			return w
		}
		change := jsonapi.New{Type: s.schema.Users.Type, ID: l.ID, Attributes: members{n.AlarmComID: l.AlarmComID}}
		return s.link(ctx, opLinkUser, l.AlarmComID, s.client.urlOf(s.schema.Users.Path, l.ID), change, limit)
	})
}

// toLink reads what is to be linked. What it failed with was not sent, or is rejected.
func (s *Sink) toLink(
	ctx context.Context, op string, of Resource, id, alarmComID, include string,
) (r jsonapi.Resource, connections map[string]string, failed written) {
	r, included, err := s.readOne(ctx, op, of, include, id)
	switch {
	case err != nil:
		return r, nil, refused(err)
	case r.ID == "":
		return r, nil, linkRefused(alarmComID, "is not in SecurityTrax any more")
	}
	return r, s.connectionIDs(included), written{}
}

// alreadyLinked ends a link to one that has an Alarm.com id.
func alreadyLinked(carried []string, id, alarmComID string) (w written, ended bool) {
	switch {
	case slices.Contains(carried, alarmComID):
		return written{status: adcimport.WriteExists, id: id}, true
	case len(carried) > 0:
		return linkRefused(alarmComID, "has another Alarm.com id in SecurityTrax"), true
	}
	return written{}, false
}

func linkRefused(alarmComID, rule string) written {
	return rejected(&adcimport.RecordError{
		ID: alarmComID, Reason: adcimport.ReasonRejectedBySink,
		Fields: []adcimport.FieldError{{Field: "AlarmComID", Rule: rule}},
	})
}

func (s *Sink) link(ctx context.Context, op, alarmComID, address string, change jsonapi.New, limit time.Duration) written {
	w := s.client.send(ctx, write{op: op, id: alarmComID, method: http.MethodPatch, url: address, payload: change}, limit)
	return explain(w, alarmComID, nil)
}
