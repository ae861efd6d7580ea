package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/securitytrax/adcimport"
)

// FindCustomers implements [adcimport.CustomerSink].
func (s *Sink) FindCustomers(ctx context.Context, keys []adcimport.CustomerKey) (map[string][]string, error) {
	ids := oneOf(keys, func(k adcimport.CustomerKey) string { return k.ID })
	list, err := s.pairs(ctx, "find customers", "SELECT alarm_com_id, id::text FROM customers WHERE alarm_com_id = ANY($1)", ids)
	return found(list), err
}

const createCustomer = `
INSERT INTO customers (first_name, last_name, business_name, phone1, email, address1, city, state, zip, sale_date,
    service_two_way_voice, account_number, receiver_number, custom, rep_id, alarm_com_id, office_id, tag_ids)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULLIF($10, '')::date,
    $11, $12, $13, $14::jsonb, NULLIF($15, '')::bigint, $16, NULLIF($17, '')::bigint, $18)
ON CONFLICT DO NOTHING
RETURNING id::text`

// CreateCustomers implements [adcimport.CustomerSink]. A customer whose
// Alarm.com id is there is WriteExists.
func (s *Sink) CreateCustomers(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
	return s.each(ctx, "create customer", customerIDs(recs), func(ctx context.Context, conn *sql.Conn, i int) (adcimport.WriteResult, error) {
		r := &recs[i]
		if fields := s.ValidateCustomer(*r); len(fields) > 0 {
			return refused(r.AlarmComID, adcimport.ReasonRejectedBySink, fields...), nil
		}
		args := append(customerArgs(r), r.AlarmComID, r.OfficeID, notNil(r.TagIDs))
		var id string
		err := conn.QueryRowContext(ctx, createCustomer, args...).Scan(&id)
		if !errors.Is(err, sql.ErrNoRows) {
			return adcimport.WriteResult{Status: adcimport.WriteCreated, ID: id}, err
		}
		return existing(ctx, conn, "SELECT id::text FROM customers WHERE alarm_com_id = $1", r.AlarmComID), nil
	})
}

// UpdateCustomers implements [adcimport.CustomerUpdater]. It sets what comes
// from Alarm.com, and clears what was emptied there; what else is empty stays, and so
// do office and tags, which people may have changed since.
func (s *Sink) UpdateCustomers(ctx context.Context, ids []string, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
	if err := sameLength("update customers", len(ids), len(recs)); err != nil {
		return nil, err
	}
	const cleared, leave, customs = 17, 18, 19 // places of arguments
	query := "UPDATE customers SET " + assign(
		cleared, "first_name", "FirstName", "last_name", "LastName", "business_name", "BusinessName", "phone1", "Phone1", "email", "Email",
		"address1", "Address1", "city", "City", "state", "State", "zip", "Zip",
	) + ", " + assignAs("sale_date", "SaleDate", 11, cleared, "::date", "NULL") + fmt.Sprintf(`,
    service_two_way_voice = CASE WHEN 'ServiceTwoWayVoice' = ANY($%d::text[]) THEN service_two_way_voice ELSE $12::boolean END, `, leave) +
		assignAs("account_number", "AccountNumber", 13, cleared, "", "''") + ", " +
		assignAs("receiver_number", "ReceiverNumber", 14, cleared, "", "''") + fmt.Sprintf(`,
    custom = (custom || $15::jsonb) - $%d::text[], `, customs) +
		assignAs("rep_id", "RepID", 16, cleared, "::bigint", "NULL") + " WHERE id = ($1::text)::bigint"
	return s.each(ctx, "update customer", customerIDs(recs), func(ctx context.Context, conn *sql.Conn, i int) (adcimport.WriteResult, error) {
		r := &recs[i]
		args := append(customerArgs(r), notNil(r.Clear), notNil(r.Leave), customsOf(r.Clear))
		return updated(ctx, conn, ids[i], r.AlarmComID, r.Clear, query, args...)
	})
}

// customerArgs are what create and update have in common, in their order.
func customerArgs(r *adcimport.CustomerRecord) []any {
	return []any{
		r.FirstName, r.LastName, r.BusinessName, r.Phone1, r.Email, r.Address1, r.City, r.State, r.Zip, r.SaleDate,
		r.ServiceTwoWayVoice, r.AccountNumber, r.ReceiverNumber, customJSON(r.Custom), r.RepID,
	}
}

// existing is the result of a create that met a record and wrote nothing: it
// WriteExists. Where it is gone meanwhile, or cannot be looked up, the create is
// WriteNotSent, and may be tried again.
func existing(ctx context.Context, conn *sql.Conn, query, alarmComID string) adcimport.WriteResult {
	var id string
	err := conn.QueryRowContext(ctx, query, alarmComID).Scan(&id)
	switch {
	case err == nil:
		return adcimport.WriteResult{Status: adcimport.WriteExists, ID: id}
	case errors.Is(err, sql.ErrNoRows):
		return adcimport.WriteResult{Status: adcimport.WriteNotSent}
	}
	return adcimport.WriteResult{Status: adcimport.WriteNotSent, Err: readError("look up "+alarmComID, err)}
}

// ValidateCustomer implements [adcimport.CustomerValidator] with the constraints
// of schema.sql.
func (*Sink) ValidateCustomer(r adcimport.CustomerRecord) []adcimport.FieldError {
	var fields []adcimport.FieldError
	if r.AlarmComID == "" {
		fields = append(fields, adcimport.FieldError{Field: "AlarmComID", Rule: "is required"})
	}
	if r.LastName == "" && r.BusinessName == "" {
		fields = append(fields, adcimport.FieldError{Field: "LastName", Rule: "is required where there is no business name"})
	}
	if _, err := time.Parse(time.DateOnly, r.SaleDate); err != nil && r.SaleDate != "" {
		fields = append(fields, adcimport.FieldError{Field: "SaleDate", Rule: "must be a date"})
	}
	return fields
}

func customerIDs(recs []adcimport.CustomerRecord) []string {
	ids := make([]string, len(recs))
	for i := range recs {
		ids[i] = recs[i].AlarmComID
	}
	return ids
}

// customJSON is a map as text for jsonb. A map of strings always has one.
func customJSON(m map[string]string) string {
	data, err := json.Marshal(m)
	if err != nil || m == nil {
		return "{}"
	}
	return string(data)
}

// notNil is a list for a column that is NOT NULL.
func notNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
