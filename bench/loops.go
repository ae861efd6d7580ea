package main

import (
	"context"
	"strings"
)

// Hand-written loops: what somebody writes who maps and de-duplicates and keeps
// nothing. The one over maps has records as programs have them that know no fields
// in advance; the one over structs is the least that the work can cost.

// mapped is a record as the loop over structs makes it: the values of fields.
type mapped [columns]string

func mapStruct(r *row) mapped {
	return mapped{
		r[colID], r[colFirst], r[colLast], r[colCompany], r[colCity], r[colState], r[colZip], r[colAccount], r[colReceiver],
		r[colSubDealer], r[colCountry], address(r[colStreet1], r[colStreet2]), strings.ToLower(r[colEmail]), digits(r[colPhone]), origin,
	}
}

// loopStructs maps rows from one number to another, batch by batch.
func loopStructs(ctx context.Context, from, to int, seen map[string]bool, write func(context.Context, []mapped) error) error {
	batch := make([]mapped, 0, batchSize)
	for at := from; at < to; at += batchSize {
		batch = batch[:0]
		for i := at; i < min(at+batchSize, to); i++ {
			r := rowAt(i)
			if seen[r[colID]] {
				continue
			}
			seen[r[colID]] = true
			batch = append(batch, mapStruct(&r))
		}
		if err := write(ctx, batch); err != nil {
			return err
		}
	}
	return nil
}

// names are the keys of a source's record.
func names() [columns]string {
	return [columns]string{
		"CustomerId", "SubDealerId", "FirstName", "LastName", "CompanyName", "Phone", "Email", "Street1", "Street2",
		"City", "State", "Zip", "Country", "AccountNumber", "ReceiverPhoneNumber",
	}
}

// renames are the fields that keep their values, by their new names.
func renames() [][2]string {
	return [][2]string{
		{"id", "CustomerId"},
		{"first_name", "FirstName"},
		{"last_name", "LastName"},
		{"business_name", "CompanyName"},
		{"city", "City"},
		{"state", "State"},
		{"zip", "Zip"},
		{"account_number", "AccountNumber"},
		{"receiver_number", "ReceiverPhoneNumber"},
		{"sub_dealer", "SubDealerId"},
		{"country", "Country"},
	}
}

func sourceMap(r *row, names *[columns]string) map[string]any {
	m := make(map[string]any, columns)
	for i, name := range names {
		m[name] = r[i]
	}
	return m
}

func text(m map[string]any, name string) string {
	s, _ := m[name].(string)
	return s
}

func mapMap(in map[string]any, renames [][2]string) map[string]any {
	out := make(map[string]any, columns)
	for _, r := range renames {
		out[r[0]] = in[r[1]]
	}
	out["address1"] = address(text(in, "Street1"), text(in, "Street2"))
	out["email"] = strings.ToLower(text(in, "Email"))
	out["phone1"] = digits(text(in, "Phone"))
	out["origin"] = origin
	return out
}

// loopMaps does over maps what loopStructs does over structs.
func loopMaps(ctx context.Context, n int, write func(context.Context, []map[string]any) error) error {
	names, renames := names(), renames()
	seen := make(map[string]bool)
	batch := make([]map[string]any, 0, batchSize)
	for at := 0; at < n; at += batchSize {
		batch = batch[:0]
		for i := at; i < min(at+batchSize, n); i++ {
			r := rowAt(i)
			in := sourceMap(&r, &names)
			id := text(in, "CustomerId")
			if seen[id] {
				continue
			}
			seen[id] = true
			batch = append(batch, mapMap(in, renames))
		}
		if err := write(ctx, batch); err != nil {
			return err
		}
	}
	return nil
}
