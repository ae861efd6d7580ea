package report

import (
	"context"
	"fmt"
	"io"

	"github.com/securitytrax/adcimport"
)

// WritePreview runs the preview of a plan and writes one line per record, as they
// come, and at the end the plan in one line, its reasons and its warnings. When
// an error ends the preview, what was written until then stays.
func WritePreview(ctx context.Context, w io.Writer, p *adcimport.Plan) error {
	out := &textWriter{w: w}
	var failed error
	for o, err := range p.Outcomes(ctx) {
		if err != nil {
			failed = err
			break
		}
		if out.printf("%s\n", planLine(o)); out.err != nil {
			break
		}
	}
	out.printf("%s\n", p)
	out.details(p.Summary())
	if failed != nil {
		return failed
	}
	return out.failed("write the preview")
}

// planLine says what would become of a record: "reject  1042  invalid_record
// State: must be …".
func planLine(o adcimport.Outcome) string {
	line := fmt.Sprintf("%-9s %s", planWord(o), printable(o.SourceID))
	if o.Reason != "" {
		line += "  " + string(o.Reason)
	}
	if len(o.Fields) > 0 {
		line += "  " + printable(fieldTexts(o.Fields))
	}
	return line
}

func planWord(o adcimport.Outcome) string {
	if o.Reason == adcimport.ReasonPossibleMatch {
		return "review"
	}
	switch o.Action {
	case adcimport.ActionCreated:
		return "create"
	case adcimport.ActionLinked:
		return "link"
	case adcimport.ActionUpdated:
		return "update"
	case adcimport.ActionUnchanged:
		return "unchanged"
	case adcimport.ActionSkipped:
		return "skip"
	case adcimport.ActionFailed:
		return "reject"
	}
	return string(o.Action)
}
