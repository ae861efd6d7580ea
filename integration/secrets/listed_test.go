package secrets_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
)

// packages are the folders whose exported types are all looked at.
var packages = []string{
	".", "ledger", "links", "audit", "alarmcom", "alarmcom/alarmcomtest", "securitytrax", "securitytrax/securitytraxtest", "sqlstore", "adcimporttest",
	"adcimporttest/conformance", "adcimporttest/conformance/storetest",
	"alarmcom/internal/account", "alarmcom/internal/call", "alarmcom/internal/soapapi", "alarmcom/internal/partnerapi",
	"notify", "internal/service", "internal/soap", "internal/jsonapi", "internal/pacing", "internal/strictjson", "riverimport", "importui",
}

// without are the exported structs that no secret gets into, with the reason.
var without = map[string][]string{
	"records, filters and options: what a dealer keeps, and what is chosen": {
		"adcimport.Address", "adcimport.CallError", "adcimport.CallInfo", "adcimport.CentralStation", "adcimport.Choice", "adcimport.Customer", "adcimport.CustomerChoices",
		"adcimport.CustomerFill", "adcimport.CustomerFilter", "adcimport.CustomerKey", "adcimport.CustomerOptions",
		"adcimport.CustomerRecord", "adcimport.Page", "adcimport.RunOptions", "adcimport.User", "adcimport.UserChoices", "adcimport.UserFilter",
		"adcimport.UserKey", "adcimport.UserOptions", "adcimport.UserRecord", "adcimport.Include", "adcimporttest.Dealer",
		"adcimporttest.LoginEmail", "adcimporttest.SinkChoices", "adcimporttest.SinkCustomer",
		"adcimporttest.SinkUser", "securitytraxtest.Email", "securitytraxtest.Record",
	},
	"who is there already: ids and evidence, and for whoever decides both sides": {
		"adcimport.CustomerComparison", "adcimport.CustomerLink", "adcimport.Decision", "adcimport.DecisionError", "adcimport.ListError", "adcimport.Review",
		"adcimport.UserComparison", "adcimport.UserLink",
	},
	"a mapping and its explanation: rules, and fields of records": {
		"adcimport.Condition", "adcimport.ExplainOptions", "adcimport.Explanation", "adcimport.Mapping", "adcimport.MappingError", "adcimport.Rule",
		"adcimport.Transform", "strictjson.Error", "strictjson.Member", "strictjson.Value",
	},
	"names of the services' fields": {
		"alarmcom.Assumptions", "securitytrax.ConnectionNames", "securitytrax.CustomerNames", "securitytrax.MonitoringNames", "securitytrax.Resource",
		"securitytrax.Schema", "securitytrax.UserNames",
	},
	"what a store is given and gives: ids, codes, counts, hashes, times": {
		"ledger.After", "ledger.Amendment", "ledger.Before", "ledger.Commit", "ledger.End", "ledger.Excluded", "ledger.Failure", "ledger.FieldError",
		"ledger.Intent", "ledger.InvalidRequestError", "ledger.Labels", "ledger.Lease", "ledger.LeaseRequest", "ledger.Mark",
		"ledger.OpenIntent", "ledger.Progress", "ledger.Query", "ledger.Record", "ledger.RecordInfo", "ledger.RunInProgressError", "ledger.RunQuery",
		"ledger.Scope", "ledger.StateError", "ledger.Tally", "ledger.Verdict", "adcimport.Found", "adcimport.WriteResult", "sqlstore.Options",
		"sqlstore.SchemaVersionError",
	},
	"counts, and sentences of our own":                        {"notify.Line", "notify.Trouble"},
	"findings are ids and codes; a Config prints as its link": {"audit.Config", "audit.Finding"},
	"what a host says of its links, in functions, and when they import; a Set prints as its name": {
		"links.Config", "links.Due", "links.LocalSchedules", "links.Schedule", "links.Set",
	},
	"who may do what, by ids and names of links; Config and Handler print as their names, and the key is in a closure": {
		"importui.Config", "importui.Handler", "importui.Identity", "importui.Link",
	},
	"jobs and what becomes of them: ids, options, counts, codes; Config and Imports print as their names": {
		"riverimport.Config", "riverimport.EndedError", "riverimport.Enqueued", "riverimport.Imports", "riverimport.Job",
		"riverimport.MigrateOptions", "riverimport.Output", "riverimport.Schedules",
	},
	"the fakes and suites of package adcimporttest know no credentials": {
		"adcimporttest.Fault", "adcimporttest.FaultCall", "adcimporttest.Faults", "adcimporttest.Rig", "adcimporttest.Sink", "adcimporttest.SinkCall",
		"adcimporttest.Source", "adcimporttest.SourceCalls", "conformance.SinkCase", "conformance.SourceCase",
	},
	"what a test tells a fake to answer: its own text": {"alarmcomtest.Fault", "alarmcomtest.Partner", "alarmcomtest.Reply", "securitytraxtest.Reply"},
	"internal, and short-lived: parts of one reply or request": {
		"soap.Decoder", "soap.Fault", "soap.Nil", "jsonapi.Document", "jsonapi.Identifier", "jsonapi.New", "jsonapi.Resource", "pacing.Config",
		"pacing.LimiterError", "pacing.Pacer", "pacing.Transport", "pacing.Turn", "account.Choices", "account.Detail",
		"account.LackError", "account.Number", "account.Rep", "call.Call", "call.Failure", "call.Fault", "call.Login", "soapapi.Config", "partnerapi.Config",
		"service.CheckError", "service.Patience",
	},
	"internal, and in each Source and Sink of the table: looked into with them": {
		"account.Remembered", "call.Client", "partnerapi.API", "service.Settings", "soapapi.API",
	},
}

// A new exported struct must be put into the table of values, or be named above.
func TestFault58_everyExportedTypeIsLookedAt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.work(t)
	known := map[string]bool{}
	for _, s := range w.subjects() {
		known[s.name] = true
	}
	delete(known, "") // errors of other packages
	for _, names := range without {
		for _, name := range names {
			if known[name] {
				t.Errorf("%s is named as without secrets, but is in the table, or is named twice", name)
			}
			known[name] = true
		}
	}
	exported := exportedStructs(t)
	for name := range exported {
		if !known[name] {
			t.Errorf("%s is neither in the table of values nor named as one without secrets", name)
		}
	}
	for name := range known {
		if !exported[name] {
			t.Errorf("%s is no exported struct", name)
		}
	}
	if len(exported) < 100 || !exported["alarmcom.Source"] {
		t.Errorf("%d exported structs, %v: the search does not see the packages", len(exported), slices.Sorted(maps.Keys(exported)))
	}
}

// exportedStructs are the names of all types that are neither interfaces nor
// functions nor single numbers and texts.
func exportedStructs(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, folder := range packages {
		fset := token.NewFileSet()
		dir := path.Join("../..", folder)
		//nolint:staticcheck // build tags do not matter here
		parsed, err := parser.ParseDir(fset, dir, func(f fs.FileInfo) bool { return !strings.HasSuffix(f.Name(), "_test.go") }, 0)
		if err != nil {
			t.Fatal(err)
		}
		for name, pkg := range parsed {
			ast.Inspect(pkg, func(n ast.Node) bool {
				if spec, ok := n.(*ast.TypeSpec); ok && spec.Name.IsExported() && !spec.Assign.IsValid() && holds(spec.Type) {
					names[name+"."+spec.Name.Name] = true
				}
				_, isFunc := n.(*ast.FuncDecl)
				return !isFunc
			})
		}
	}
	return names
}

// holds reports whether a type can hold several values.
func holds(e ast.Expr) bool {
	switch e.(type) {
	case *ast.InterfaceType, *ast.FuncType, *ast.Ident:
		return false
	}
	return true
}
