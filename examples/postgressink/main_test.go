package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest/conformance"
)

func TestRun(t *testing.T) {
	t.Parallel()
	dsn := newSchema(t)
	var out bytes.Buffer
	if err := run(t.Context(), dsn, &out); err != nil {
		t.Fatal(err)
	}
	want := `users completed: 20 read, 19 created, 0 linked, 0 updated, 0 unchanged, 0 skipped, 1 failed
customers completed: 200 read, 179 created, 0 linked, 0 updated, 0 unchanged, 20 skipped, 1 failed
users completed: 20 read, 0 created, 0 linked, 0 updated, 0 unchanged, 19 skipped, 1 failed
customers completed: 200 read, 0 created, 0 linked, 0 updated, 0 unchanged, 199 skipped, 1 failed
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
	d := newDestination(t, dsn)
	if got := d.strings(t, "SELECT count(*)::text FROM login_emails"); got[0] != "19" {
		t.Errorf("%s login emails for 19 users", got[0])
	}
}

// The one test that a Sink of one's own must have.
func TestSinkSuite(t *testing.T) {
	t.Parallel()
	conformance.RunSink(t, func(t *testing.T) conformance.SinkCase {
		t.Helper()
		d := newDestination(t, newSchema(t))
		id := func(query string) string { return d.strings(t, query)[0] }
		return conformance.SinkCase{
			Sink: d.sink, Destination: d, RepLogin: "by.hand",
			CustomerOptions: adcimport.CustomerOptions{
				OfficeID:     id("INSERT INTO offices (name) VALUES ('North') RETURNING id::text"),
				DefaultRepID: id("SELECT id::text FROM users"),
				TagIDs:       []string{id("INSERT INTO customer_tags (name) VALUES ('VIP') RETURNING id::text")},
			},
			UserOptions: adcimport.UserOptions{
				PermissionGroupID: id("INSERT INTO permission_groups (name) VALUES ('Reps') RETURNING id::text"),
			},
		}
	})
}

// destination is the sink with what tells about its database.
type destination struct {
	sink *Sink
	db   *sql.DB
	wire *wire
}

// newDestination has one user, who was entered by hand.
func newDestination(tb testing.TB, dsn string) *destination {
	tb.Helper()
	w := new(wire)
	db := openThrough(tb, dsn, w)
	if err := Migrate(tb.Context(), db); err != nil {
		tb.Fatal(err)
	}
	sink, err := New(db)
	if err != nil {
		tb.Fatal(err)
	}
	d := &destination{sink: sink, db: db, wire: w}
	d.strings(tb, `INSERT INTO users (username, first_name, last_name, email, cell_phone, street1, street2, city, state, zip, country,
		active, can_login, tags, custom) VALUES ('By.Hand', '', '', '', '', '', '', '', '', '', '', true, false, '{}', '{}')
		ON CONFLICT DO NOTHING RETURNING ''`)
	return d
}

// strings answers the first column.
func (d *destination) strings(tb testing.TB, query string, args ...any) []string {
	tb.Helper()
	list, err := d.column(tb.Context(), query, args...)
	if err != nil {
		tb.Fatal(err)
	}
	return list
}

func (d *destination) column(ctx context.Context, query string, args ...any) ([]string, error) {
	rows, err := d.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var list []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, rows.Err()
}

func (d *destination) HeldCustomers(ctx context.Context) ([]string, error) {
	return d.column(ctx, "SELECT alarm_com_id FROM customers WHERE alarm_com_id IS NOT NULL")
}

func (d *destination) HeldUsers(ctx context.Context) ([]string, error) {
	return d.column(ctx, "SELECT alarm_com_id FROM users WHERE alarm_com_id IS NOT NULL")
}

func (d *destination) LoginEmails(ctx context.Context) ([]string, error) {
	return d.column(ctx, "SELECT alarm_com_id FROM login_emails JOIN users ON users.id = user_id")
}

func (d *destination) ReadCustomer(ctx context.Context, sinkID string) (r adcimport.CustomerRecord, err error) {
	err = d.db.QueryRowContext(ctx, `SELECT alarm_com_id, first_name, last_name, business_name, phone1, email, address1, city, state,
		zip, COALESCE(to_char(sale_date, 'YYYY-MM-DD'), ''), service_two_way_voice, account_number, receiver_number,
		COALESCE(rep_id::text, ''), COALESCE(office_id::text, '') FROM customers WHERE id::text = $1`, sinkID).Scan(
		&r.AlarmComID, &r.FirstName, &r.LastName, &r.BusinessName, &r.Phone1, &r.Email, &r.Address1, &r.City, &r.State,
		&r.Zip, &r.SaleDate, &r.ServiceTwoWayVoice, &r.AccountNumber, &r.ReceiverNumber, &r.RepID, &r.OfficeID)
	if err == nil {
		r.TagIDs, err = d.column(ctx, "SELECT unnest(tag_ids) FROM customers WHERE id::text = $1", sinkID)
	}
	return r, err
}

func (d *destination) ReadUser(ctx context.Context, sinkID string) (r adcimport.UserRecord, err error) {
	a := &r.Address
	err = d.db.QueryRowContext(ctx, `SELECT alarm_com_id, username, first_name, last_name, email, cell_phone, street1, street2, city,
		state, zip, country, active, can_login, COALESCE(permission_group_id::text, '') FROM users WHERE id::text = $1`, sinkID).Scan(
		&r.AlarmComID, &r.Username, &r.FirstName, &r.LastName, &r.Email, &r.CellPhone, &a.Street1, &a.Street2, &a.City,
		&a.State, &a.Zip, &a.Country, &r.Active, &r.CanLogin, &r.PermissionGroupID)
	if err == nil {
		r.Tags, err = d.column(ctx, "SELECT unnest(tags) FROM users WHERE id::text = $1", sinkID)
	}
	return r, err
}

// LoseReply goes by what only the values of the suite's records have.
func (d *destination) LoseReply() { d.wire.loseReplyTo("7000000") }

func (d *destination) HonoursKeys() bool { return true }

// What is created is what was given, to the last column.
func TestRecordsComeBackWhole(t *testing.T) {
	t.Parallel()
	d := newDestination(t, newSchema(t))
	customer := adcimport.CustomerRecord{
		AlarmComID: "1", FirstName: "Ada", LastName: `O'Brien "\x`, BusinessName: "日本", Phone1: "555-0101", Email: "a@example.com",
		Address1: "1 Main", City: "Provo", State: "UT", Zip: "84601", SaleDate: "2024-02-29", ServiceTwoWayVoice: true,
		AccountNumber: "A1", ReceiverNumber: "8005550100", TagIDs: []string{"3", `{"4,5"}`},
	}
	user := adcimport.UserRecord{
		AlarmComID: "1", FirstName: "Jo", LastName: "Doe", Username: "jo", Email: "jo@example.com", CellPhone: "555-0102",
		Address: adcimport.Address{Street1: "a", Street2: "b", City: "c", State: "d", Zip: "e", Country: "f"},
		Active:  true, CanLogin: true, Tags: []string{"One, two"},
	}
	customers, err := d.sink.CreateCustomers(t.Context(), []adcimport.CustomerRecord{customer})
	if err != nil {
		t.Fatal(err)
	}
	users, err := d.sink.CreateUsers(t.Context(), []adcimport.UserRecord{user})
	if err != nil {
		t.Fatal(err)
	}
	gotCustomer, err := d.ReadCustomer(t.Context(), customers[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	gotUser, err := d.ReadUser(t.Context(), users[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]any{customer, user}, []any{gotCustomer, gotUser}); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

// A record that the database refuses fails alone, and no error tells what is in
// it.
func TestRefusedRecords(t *testing.T) {
	t.Parallel()
	d := newDestination(t, newSchema(t))
	rec := func(id string, change func(*adcimport.CustomerRecord)) adcimport.CustomerRecord {
		r := adcimport.CustomerRecord{AlarmComID: id, LastName: "Secret"}
		change(&r)
		return r
	}
	results, err := d.sink.CreateCustomers(t.Context(), []adcimport.CustomerRecord{
		rec("1", func(r *adcimport.CustomerRecord) { r.LastName = "Secret\x00" }),
		rec("2", func(r *adcimport.CustomerRecord) { r.LastName = "Secret\xff" }),
		rec("3", func(r *adcimport.CustomerRecord) { r.OfficeID = "Secret" }),
		rec("4", func(r *adcimport.CustomerRecord) { r.OfficeID = "404" }),
		rec("5", func(r *adcimport.CustomerRecord) { r.SaleDate = "Secret" }),
		rec("6", func(*adcimport.CustomerRecord) {}),
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range results[:5] {
		e, ok := errors.AsType[*adcimport.RecordError](r.Err)
		if r.Status != adcimport.WriteRejected || !ok || len(e.Fields) == 0 || strings.Contains(r.Err.Error(), "Secret") {
			t.Errorf("record %d: status %d, %v", i+1, r.Status, r.Err)
		}
	}
	if results[5].Status != adcimport.WriteCreated {
		t.Errorf("the good record: %+v", results[5])
	}
}

// What was not sent is told from what may have been.
func TestBrokenConnections(t *testing.T) {
	t.Parallel()
	d := newDestination(t, newSchema(t))
	batch := []adcimport.CustomerRecord{{AlarmComID: "71", LastName: "x"}, {AlarmComID: "72", LastName: "y"}, {AlarmComID: "73", LastName: "z"}}
	d.wire.loseReplyTo("72")
	results, err := d.sink.CreateCustomers(t.Context(), batch)
	statuses := []adcimport.WriteStatus{results[0].Status, results[1].Status, results[2].Status}
	want := []adcimport.WriteStatus{adcimport.WriteCreated, adcimport.WriteUnknown, adcimport.WriteNotSent}
	if diff := cmp.Diff(want, statuses); diff != "" || !errors.Is(err, errCut) {
		t.Errorf("error %v, statuses (-want +got):\n%s", err, diff)
	}
	d.wire.down.Store(true)
	d.db.SetMaxIdleConns(0) // nothing is left from before
	results, err = d.sink.CreateCustomers(t.Context(), batch[2:])
	if !errors.Is(err, errCut) || results[0].Status != adcimport.WriteNotSent {
		t.Errorf("without a connection: %v, %+v", err, results)
	}
	d.wire.down.Store(false)
	results, err = d.sink.CreateCustomers(t.Context(), batch)
	if err != nil {
		t.Fatal(err)
	}
	statuses = []adcimport.WriteStatus{results[0].Status, results[1].Status, results[2].Status}
	want = []adcimport.WriteStatus{adcimport.WriteExists, adcimport.WriteExists, adcimport.WriteCreated}
	if diff := cmp.Diff(want, statuses); diff != "" {
		t.Errorf("afterwards, statuses (-want +got):\n%s", diff)
	}
}

// A text that the database cannot hold is not there, and spoils no question
// about others.
func TestFindWithWhatCannotBeStored(t *testing.T) {
	t.Parallel()
	d := newDestination(t, newSchema(t))
	if _, err := d.sink.CreateUsers(t.Context(), []adcimport.UserRecord{{AlarmComID: "1", Username: "jo"}}); err != nil {
		t.Fatal(err)
	}
	got, err := d.sink.FindUsers(t.Context(), []adcimport.UserKey{
		{ID: "1"},
		{ID: "\x00"},
		{ID: "2", Record: adcimport.UserRecord{Username: "\xff"}},
		{ID: "3", Record: adcimport.UserRecord{Username: "JO"}},
	})
	e, ok := errors.AsType[*adcimport.RecordError](err)
	if len(got) != 1 || len(got["1"]) != 1 || !ok || e.ID != "3" || e.Reason != adcimport.ReasonUsernameTaken {
		t.Errorf("found %v, %v", got, err)
	}
}
