package securitytrax

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/jsonapi"
)

// stationNames are the attributes of the central station's data.
type stationNames struct{ twoWayVoice, accountNumber, receiverNumber string }

// ofCustomer are those that the customer itself has: what Monitoring does not name.
func (s *Schema) ofCustomer() stationNames {
	n := stationNames{s.Customer.TwoWayVoice, s.Customer.AccountNumber, s.Customer.ReceiverNumber}
	if s.Monitoring.TwoWayVoice != "" {
		n.twoWayVoice = ""
	}
	if s.Monitoring.AccountNumber != "" {
		n.accountNumber = ""
	}
	if s.Monitoring.ReceiverNumber != "" {
		n.receiverNumber = ""
	}
	return n
}

// set writes the central station's data of a record.
func (n stationNames) set(m members, rec *adcimport.CustomerRecord) {
	if !slices.Contains(rec.Leave, "ServiceTwoWayVoice") {
		m.set(n.twoWayVoice, rec.ServiceTwoWayVoice)
	}
	m.text(n.accountNumber, rec.AccountNumber)
	m.text(n.receiverNumber, rec.ReceiverNumber)
}

// monitoring is the related resource with the central station's data of a record.
func (s *Sink) monitoring(id string, rec *adcimport.CustomerRecord) jsonapi.New {
	n, m := s.schema.Monitoring, members{}
	stationNames{n.TwoWayVoice, n.AccountNumber, n.ReceiverNumber}.set(m, rec)
	return jsonapi.New{Type: n.Resource.Type, ID: id, Attributes: m}
}

// isMonitored reports whether a record has anything for the related resource. That it
// has no two-way voice is nothing.
func (s *Sink) isMonitored(rec *adcimport.CustomerRecord) bool {
	n := s.schema.Monitoring
	return n.TwoWayVoice != "" && rec.ServiceTwoWayVoice || n.AccountNumber != "" && rec.AccountNumber != "" ||
		n.ReceiverNumber != "" && rec.ReceiverNumber != ""
}

// nestMonitoring makes the related resource along with its customer.
func (s *Sink) nestMonitoring(related members, rec *adcimport.CustomerRecord) {
	switch n := s.schema.Monitoring; {
	case !s.schema.monitors() || !s.isMonitored(rec):
	case n.ToOne:
		related.set(n.Relationship, jsonapi.NestedOne(s.monitoring("", rec)))
	default:
		related.set(n.Relationship, jsonapi.Nested(s.monitoring("", rec)))
	}
}

const opReadMonitoring = "read the monitoring connection of customer"

// changeCustomer updates a customer, and the resource with the data of its central
// station first. Both can be sent again.
func (s *Sink) changeCustomer(ctx context.Context, id string, rec *adcimport.CustomerRecord, limit time.Duration) written {
	payload, cleared := s.changedCustomer(id, *rec)
	if s.schema.monitors() {
		has, err := s.monitoringOf(ctx, id, rec.AlarmComID)
		switch {
		case err != nil:
			return notRead(ctx, err)
		case len(has) > 1:
			return rejected(&adcimport.RecordError{
				ID: rec.AlarmComID, Reason: adcimport.ReasonRejectedBySink,
				Fields: []adcimport.FieldError{{Field: "AccountNumber", Rule: "has no place: the customer has several monitoring connections"}},
			})
		case len(has) == 0:
			s.nestMonitoring(payload.Relationships, rec)
		default:
			change := s.monitoring(has[0].ID, rec)
			cleared = append(cleared, s.clearMonitoring(change.Attributes, rec)...)
			w := s.client.send(ctx, write{
				op: "update the monitoring connection of customer", id: rec.AlarmComID,
				method: http.MethodPatch, url: s.client.urlOf(s.schema.Monitoring.Resource.Path, has[0].ID),
				payload: change,
			}, limit)
			if w.status != adcimport.WriteCreated {
				return w
			}
		}
	}
	w := s.client.send(ctx, write{
		op: "update customer", id: rec.AlarmComID,
		method: http.MethodPatch, url: s.client.urlOf(s.schema.Customers.Path, id), payload: payload,
	}, limit)
	w.cleared = cleared
	return w
}

// clearMonitoring empties what an update of the related resource is to clear.
func (s *Sink) clearMonitoring(m members, rec *adcimport.CustomerRecord) []string {
	c := clearer{by: s.schema.Clear}
	for field, name := range map[string]string{
		"AccountNumber": s.schema.Monitoring.AccountNumber, "ReceiverNumber": s.schema.Monitoring.ReceiverNumber,
	} {
		if slices.Contains(rec.Clear, field) && name != "" {
			c.attribute(m, field, name)
		}
	}
	return c.cleared
}

// notRead judges an update before which something could not be read.
func notRead(ctx context.Context, err error) written {
	e, ok := errors.AsType[*APIError](err)
	switch {
	case ctx.Err() != nil:
		return refused(context.Cause(ctx))
	case !ok || e.Status == http.StatusUnauthorized || isPermanent(e.Err):
		return fatal(err)
	case e.Status >= 400 && e.Status < 500 && !e.Temporary() && !errors.Is(err, errPage):
		return rejected(err) // there is no such customer any more, perhaps
	}
	return written{status: adcimport.WriteUnknown, err: err, broken: true} // as an update without a reply, it is sent again
}

// monitoringOf are the related resources that a customer has.
func (s *Sink) monitoringOf(ctx context.Context, id, alarmComID string) ([]jsonapi.Identifier, error) {
	name := s.schema.Monitoring.Relationship
	address := s.client.urlOf(s.schema.Customers.Path, id) + "?" + url.QueryEscape(s.schema.IncludeParam) + "=" + url.QueryEscape(name)
	doc, err := s.client.read(ctx, opReadMonitoring, alarmComID, address)
	if err != nil {
		return nil, err
	}
	if len(doc.Data) != 1 {
		return nil, &APIError{Op: opReadMonitoring, ID: alarmComID, Status: http.StatusOK, Err: errBrokenReply}
	}
	has, told := doc.Data[0].Relationships[name]
	if !told {
		return nil, &APIError{Op: opReadMonitoring, ID: alarmComID, Status: http.StatusOK, Err: errNoRelationship}
	}
	return has, nil
}

// readMonitoring hands over the related resource of a customer that was read. One that
// did not come along is an error: what it holds is not known.
func (s *Sink) readMonitoring(r jsonapi.Resource, included []jsonapi.Resource, take func(jsonapi.Resource)) error {
	if !s.schema.monitors() {
		return nil
	}
	has, told := r.Relationships[s.schema.Monitoring.Relationship]
	if !told {
		return &APIError{Op: opReadCustomer, ID: r.ID, Status: http.StatusOK, Err: errNoRelationship}
	}
	for _, to := range has {
		at := slices.IndexFunc(included, func(i jsonapi.Resource) bool { return i.Type == to.Type && i.ID == to.ID })
		if at < 0 {
			return &APIError{Op: opReadCustomer, ID: r.ID, Status: http.StatusOK, Err: errBrokenReply}
		}
		take(included[at])
	}
	return nil
}

// read takes what the related resource has.
func (n *MonitoringNames) read(r jsonapi.Resource, rec *adcimport.CustomerRecord) {
	if n.TwoWayVoice != "" {
		rec.ServiceTwoWayVoice = r.Text(n.TwoWayVoice) == "true"
	}
	if n.AccountNumber != "" {
		rec.AccountNumber = r.Text(n.AccountNumber)
	}
	if n.ReceiverNumber != "" {
		rec.ReceiverNumber = r.Text(n.ReceiverNumber)
	}
}
