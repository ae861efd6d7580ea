package pages

import (
	"bytes"
	"net/http"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/examples/host/reply"
	"github.com/securitytrax/adcimport/report"
)

// CSV is what became of the records of a run, with the last word of its retries;
// part=failures leaves the others out,
// and form=excel is for people who open it in Excel.
func CSV(r *http.Request, imp *adcimport.Importer) (any, error) {
	part := report.All
	if r.FormValue("part") == "failures" {
		part = report.Failures
	}
	run, err := report.Of(r.Context(), imp, r.PathValue("run"), report.Options{Retries: true})
	if err != nil {
		return nil, err
	}
	var table bytes.Buffer // whole, so that an error is no half of a table
	write := report.WriteCSV
	if r.FormValue("form") == "excel" {
		write = report.Excel{}.WriteCSV
	}
	if err := write(&table, run.Rows, part); err != nil {
		return nil, err
	}
	return reply.File{Type: "text/csv; charset=utf-8", Body: table.Bytes()}, nil
}
