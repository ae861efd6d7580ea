package alarmcomtest

import (
	"strconv"
	"strings"
	"time"
)

// valueTypes are the members of requests that are no text, by type (WSDL).
var valueTypes = map[string]func(string) bool{
	"includeTermed": isBoolean, "IncludeTermed": isBoolean,
	"ExcludeCommitments": isBoolean, "ExcludeCustomers": isBoolean,
	"branchId": isInt, "customerId": isInt, "CallerVersion": isInt, "CustomerId": isInt,
	"DealerId": isInt, "DealerBranchId": isInt, "RepId": isInt,
	"StartDate": isDateTime, "EndDate": isDateTime,
}

// checkValues refuses what is not of its type, as a reader of typed XML does,
// rather than take it for a default.
func (n *node) checkValues() error {
	for _, c := range n.children {
		if valid := valueTypes[c.name]; valid != nil && c.space == namespace && !c.null && !valid(strings.TrimSpace(c.chars)) {
			return badRequest()
		}
		if err := c.checkValues(); err != nil {
			return err
		}
	}
	return nil
}

func isBoolean(text string) bool { _, ok := truths[text]; return ok }

func isInt(text string) bool { _, err := strconv.ParseInt(text, 10, 32); return err == nil }

func isDateTime(text string) bool {
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04:05Z07:00"} {
		if _, err := time.Parse(layout, text); err == nil {
			return true
		}
	}
	return false
}
