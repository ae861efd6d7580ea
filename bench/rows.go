package main

import (
	"strconv"
	"strings"
)

// The source is made up in the process: rows of 15 texts, of which one in forty has
// the id of an earlier one. All programs are given the same rows.

// The texts of a row.
const (
	colID = iota
	colSubDealer
	colFirst
	colLast
	colCompany
	colPhone
	colEmail
	colStreet1
	colStreet2
	colCity
	colState
	colZip
	colCountry
	colAccount
	colReceiver
	columns
)

// repeatEvery is how often a row repeats an earlier id.
const repeatEvery = 40

// batchSize is that of pages, sink calls and commits.
const batchSize = 1000

type row [columns]string

// distinct is how many ids the first n rows have.
func distinct(n int) int { return n - n/repeatEvery }

// idOf is the id of the ith row. Half of those that repeat one do so near by, the
// others far away.
func idOf(i int) int {
	if i%repeatEvery != repeatEvery-1 {
		return i
	}
	if near := i / repeatEvery % 2; near == 0 {
		return i - repeatEvery/2
	}
	return i / 2 / repeatEvery * repeatEvery
}

func rowAt(i int) row {
	n := strconv.Itoa(10_000_000 + idOf(i))
	return row{
		colID: n, colSubDealer: "sub" + n[len(n)-2:],
		colFirst: "First" + n, colLast: "Last" + n, colCompany: "Company " + n,
		colPhone: "(801) 555-" + n[len(n)-4:], colEmail: "Person." + n + "@Example.COM",
		colStreet1: " " + n[4:] + " Main Street", colStreet2: "Unit " + n[5:], colCity: "City " + n[5:], colState: "UT",
		colZip: "8" + n[4:], colCountry: "US", colAccount: "A-" + n, colReceiver: "555" + n[3:],
	}
}

// The mapping, in plain Go: eleven renames, two texts trimmed and put together, one
// in lower case, the digits of one, and a constant.

func address(street1, street2 string) string {
	return strings.TrimSpace(street1) + " " + strings.TrimSpace(street2)
}

func digits(s string) string {
	out := make([]byte, 0, len(s))
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			out = append(out, s[i])
		}
	}
	return string(out)
}

// origin is the constant.
const origin = "alarm.com"

// fields are the names of a mapped record, in the order of the sink's table.
func fields() []string {
	return []string{
		"id", "first_name", "last_name", "business_name", "city", "state", "zip", "account_number", "receiver_number",
		"sub_dealer", "country", "address1", "email", "phone1", "origin",
	}
}
