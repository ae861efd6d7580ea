package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/securitytrax/adcimport"
)

// FindUsers implements [adcimport.UserSink]. A user name that somebody else has
// is a [*adcimport.RecordError], before anything is created.
func (s *Sink) FindUsers(ctx context.Context, keys []adcimport.UserKey) (map[string][]string, error) {
	ids := oneOf(keys, func(k adcimport.UserKey) string { return k.ID })
	list, err := s.pairs(ctx, "find users", "SELECT alarm_com_id, id::text FROM users WHERE alarm_com_id = ANY($1)", ids)
	if err != nil {
		return nil, err
	}
	hits := found(list)
	var askIDs, askNames []string
	for _, k := range keys {
		if _, ok := hits[k.ID]; !ok && storable(k.ID) && storable(k.Record.Username) {
			askIDs, askNames = append(askIDs, k.ID), append(askNames, k.Record.Username)
		}
	}
	taken, err := s.pairs(ctx, "find user names", `
SELECT DISTINCT asked.id, '' FROM unnest($1::text[], $2::text[]) AS asked (id, name)
JOIN users ON lower(users.username) = lower(asked.name) AND users.alarm_com_id IS DISTINCT FROM asked.id`, askIDs, askNames)
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, t := range taken {
		errs = append(errs, &adcimport.RecordError{ID: t[0], Reason: adcimport.ReasonUsernameTaken})
	}
	return hits, errors.Join(errs...)
}

// createUser writes the user and the email to be sent: both or neither.
const createUser = `
WITH created AS (
    INSERT INTO users (first_name, last_name, email, cell_phone, street1, street2, city, state, zip, country, custom,
        alarm_com_id, username, active, can_login, permission_group_id, tags)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb, $12, $13, $14, $15, NULLIF($16, '')::bigint, $17)
    ON CONFLICT DO NOTHING
    RETURNING id, can_login
), mailed AS (
    INSERT INTO login_emails (user_id) SELECT id FROM created WHERE can_login
)
SELECT id::text FROM created`

// CreateUsers implements [adcimport.UserSink]. A user whose support id is there
// is WriteExists, and is not mailed again.
func (s *Sink) CreateUsers(ctx context.Context, recs []adcimport.UserRecord) ([]adcimport.WriteResult, error) {
	return s.each(ctx, "create user", userIDs(recs), func(ctx context.Context, conn *sql.Conn, i int) (adcimport.WriteResult, error) {
		r := &recs[i]
		if fields := s.ValidateUser(*r); len(fields) > 0 {
			return refused(r.AlarmComID, adcimport.ReasonRejectedBySink, fields...), nil
		}
		args := append(userArgs(r), r.AlarmComID, r.Username, r.Active, r.CanLogin, r.PermissionGroupID, notNil(r.Tags))
		var id string
		err := conn.QueryRowContext(ctx, createUser, args...).Scan(&id)
		if !errors.Is(err, sql.ErrNoRows) {
			return adcimport.WriteResult{Status: adcimport.WriteCreated, ID: id}, err
		}
		result := existing(ctx, conn, "SELECT id::text FROM users WHERE alarm_com_id = $1", r.AlarmComID)
		if result.Status == adcimport.WriteNotSent && result.Err == nil { // it was the user name that it met
			return refused(r.AlarmComID, adcimport.ReasonUsernameTaken), nil
		}
		return result, nil
	})
}

// UpdateUsers implements [adcimport.UserUpdater]. It sets what comes from
// Alarm.com, and never touches the login: neither the user name nor whether the
// user is active or can log in.
func (s *Sink) UpdateUsers(ctx context.Context, ids []string, recs []adcimport.UserRecord) ([]adcimport.WriteResult, error) {
	if err := sameLength("update users", len(ids), len(recs)); err != nil {
		return nil, err
	}
	const cleared, customs = 13, 14 // places of arguments
	query := "UPDATE users SET " + assign(
		cleared, "first_name", "FirstName", "last_name", "LastName", "email", "Email", "cell_phone", "CellPhone",
		"street1", "Address.Street1", "street2", "Address.Street2", "city", "Address.City", "state", "Address.State",
		"zip", "Address.Zip", "country", "Address.Country",
	) + fmt.Sprintf(", custom = (custom || $12::jsonb) - $%d::text[] WHERE id = ($1::text)::bigint", customs)
	return s.each(ctx, "update user", userIDs(recs), func(ctx context.Context, conn *sql.Conn, i int) (adcimport.WriteResult, error) {
		r := &recs[i]
		return updated(ctx, conn, ids[i], r.AlarmComID, r.Clear, query, append(userArgs(r), notNil(r.Clear), customsOf(r.Clear))...)
	})
}

// userArgs are what create and update have in common, in their order.
func userArgs(r *adcimport.UserRecord) []any {
	a := &r.Address
	return []any{
		r.FirstName, r.LastName, r.Email, r.CellPhone, a.Street1, a.Street2, a.City, a.State, a.Zip, a.Country, customJSON(r.Custom),
	}
}

// ValidateUser implements [adcimport.UserValidator] with the constraints of
// schema.sql.
func (*Sink) ValidateUser(r adcimport.UserRecord) []adcimport.FieldError {
	var fields []adcimport.FieldError
	if r.AlarmComID == "" {
		fields = append(fields, adcimport.FieldError{Field: "AlarmComID", Rule: "is required"})
	}
	if r.Username == "" {
		fields = append(fields, adcimport.FieldError{Field: "Username", Rule: "is required"})
	}
	if r.CanLogin && r.Email == "" {
		fields = append(fields, adcimport.FieldError{Field: "Email", Rule: "is required for a user who can log in"})
	}
	return fields
}

func userIDs(recs []adcimport.UserRecord) []string {
	ids := make([]string, len(recs))
	for i := range recs {
		ids[i] = recs[i].AlarmComID
	}
	return ids
}
