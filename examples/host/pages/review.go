package pages

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/examples/host/reply"
	"github.com/securitytrax/adcimport/report"
)

// ToReview are the records of a kind that wait for a person, with whom each may be: ids
// and names of evidence. With form=csv, or excel, it is the table that somebody fills in.
func ToReview(r *http.Request, imp *adcimport.Importer) (any, error) {
	kind, err := kindOf(r)
	if err != nil {
		return nil, err
	}
	waiting := imp.ToReview(r.Context(), kind)
	if form := r.FormValue("form"); form == "csv" || form == "excel" {
		var table bytes.Buffer // whole, as in CSV
		write := report.WriteReview
		if form == "excel" {
			write = report.Excel{}.WriteReview
		}
		if err := write(&table, waiting); err != nil {
			return nil, err
		}
		return reply.File{Type: "text/csv; charset=utf-8", Body: table.Bytes()}, nil
	}
	list := []adcimport.Review{}
	for v, err := range waiting {
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

// Compare has both sides of a record that waits, read now. They are people: what stands
// in front of the host says who may see them.
func Compare(r *http.Request, imp *adcimport.Importer) (any, error) {
	kind, err := kindOf(r)
	switch {
	case err != nil:
		return nil, err
	case kind == adcimport.KindUser:
		return imp.UserCandidates(r.Context(), r.PathValue("id"))
	}
	return imp.CustomerCandidates(r.Context(), r.PathValue("id"))
}

// Decide takes what people decided, all of it or nothing: a list of decisions, or the
// table of ToReview as a spreadsheet saves it. The next run does it.
func Decide(r *http.Request, imp *adcimport.Importer) (any, error) {
	kind, err := kindOf(r)
	if err != nil {
		return nil, err
	}
	body, decisions := http.MaxBytesReader(nil, r.Body, 8<<20), []adcimport.Decision(nil)
	if strings.HasPrefix(r.Header.Get("Content-Type"), "text/csv") {
		decisions, err = report.ReadReview(body)
	} else if err = json.NewDecoder(body).Decode(&decisions); err != nil {
		err = &adcimport.InvalidOptionsError{Field: "body", Rule: err.Error()}
	}
	if err == nil {
		err = imp.Decide(r.Context(), kind, decisions...)
	}
	return map[string]int{"decided": len(decisions)}, err
}

// kindOf is the kind that a page is of.
func kindOf(r *http.Request) (adcimport.Kind, error) {
	kind := adcimport.Kind(r.PathValue("kind"))
	if kind != adcimport.KindCustomer && kind != adcimport.KindUser {
		return "", &adcimport.InvalidOptionsError{Field: "kind", Rule: "must be customer or user"}
	}
	return kind, nil
}
