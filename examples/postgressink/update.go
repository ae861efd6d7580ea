package main

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/securitytrax/adcimport"
)

// assign sets columns of text to arguments, from $2 on: to what is given; to nothing,
// where the field is to be cleared; else they stay. cleared is the place of those fields.
func assign(cleared int, pairs ...string) string {
	list := make([]string, 0, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		list = append(list, assignAs(pairs[i], pairs[i+1], 2+i/2, cleared, "", "''"))
	}
	return strings.Join(list, ", ")
}

// assignAs sets a column of another type, which has a value of its own for nothing.
func assignAs(column, field string, arg, cleared int, cast, none string) string {
	return fmt.Sprintf("%[1]s = COALESCE(NULLIF($%[3]d::text, '')%[5]s, CASE WHEN '%[2]s' = ANY($%[4]d::text[]) THEN %[6]s ELSE %[1]s END)",
		column, field, arg, cleared, cast, none)
}

// customsOf are the names of custom attributes among fields.
func customsOf(fields []string) []string {
	names := []string{}
	for _, f := range fields {
		if name, ok := strings.CutPrefix(f, "Custom."); ok {
			names = append(names, name)
		}
	}
	return names
}

// updated updates one record. All that it was to clear is empty then.
func updated(
	ctx context.Context, conn *sql.Conn, id, alarmComID string, cleared []string, query string, args ...any,
) (adcimport.WriteResult, error) {
	res, err := conn.ExecContext(ctx, query, append([]any{id}, args...)...)
	if err != nil {
		return adcimport.WriteResult{}, err
	}
	switch n, err := res.RowsAffected(); {
	case err != nil:
		return adcimport.WriteResult{}, err
	case n == 0:
		return refused(alarmComID, adcimport.ReasonGoneInSink), nil
	}
	return adcimport.WriteResult{Status: adcimport.WriteCreated, ID: id, Cleared: cleared}, nil
}
