package layout_test

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// These tests hold what may depend on what. CONTRIBUTING.md has the rules in
// words.

const (
	modulePath = "github.com/securitytrax/adcimport"
	repository = "../.." // where it begins, seen from here
)

// goPackage is what go list says of a package.
type goPackage struct {
	ImportPath string
	Imports    []string
	Deps       []string // transitive, without tests
}

func (p goPackage) in(folders ...string) bool {
	return slices.ContainsFunc(folders, func(f string) bool {
		path := modulePath + "/" + f
		return p.ImportPath == path || strings.HasPrefix(p.ImportPath, path+"/")
	})
}

func goList(t *testing.T, patterns ...string) []goPackage {
	t.Helper()
	args := append([]string{"list", "-json=ImportPath,Imports,Deps"}, patterns...)
	dec := json.NewDecoder(strings.NewReader(goCommand(t, args...)))
	var pkgs []goPackage
	for dec.More() {
		var p goPackage
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
	return pkgs
}

func goCommand(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = repository
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return string(out)
}

// standard reports whether a package is of the standard library: its first
// element has no dot.
func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

func hasPrefix(path, prefix string) bool {
	return path == prefix || strings.HasPrefix(path, prefix+"/")
}

func TestLayout_Root_dependsOnStandardLibraryLedgerMatchAndInternalOnly(t *testing.T) {
	t.Parallel()
	leaves := []string{modulePath + "/ledger", modulePath + "/match"}
	for _, dep := range goList(t, ".")[0].Deps {
		if !standard(dep) && !hasPrefix(dep, modulePath+"/internal") && !slices.Contains(leaves, dep) {
			t.Errorf("the root package depends on %s", dep)
		}
	}
}

// Who writes a store reads package ledger alone, and the engine knows no customer,
// no service and no host.
func TestLayout_importsOfTheInnerRooms(t *testing.T) {
	t.Parallel()
	for pkg, allowed := range map[string][]string{
		"./ledger":               {"match"},
		"./match":                nil,
		"./internal/matching":    {"match", "internal/fingerprint", "internal/textform"},
		"./sqlstore":             {"ledger", "match", "internal/dbclock"},
		"./internal/lease":       {"ledger"},
		"./internal/engine":      {"ledger", "match", "internal/fingerprint", "internal/hurry", "internal/lease", "internal/mapping"},
		"./internal/fingerprint": nil,
		"./internal/guard":       nil,
	} {
		for _, path := range goList(t, pkg)[0].Imports {
			if rest := strings.TrimPrefix(path, modulePath+"/"); !standard(path) && !slices.Contains(allowed, rest) {
				t.Errorf("%s imports %s", pkg, path)
			}
		}
	}
}

// report is over the public face of the importer alone.
func TestLayout_Report_importsStandardLibraryAndRootOnly(t *testing.T) {
	t.Parallel()
	for _, path := range goList(t, "./report")[0].Imports {
		if !standard(path) && path != modulePath && path != modulePath+"/ledger" && path != modulePath+"/match" {
			t.Errorf("report imports %s", path)
		}
	}
}

// links is over the same face: what it does, a host could do.
func TestLayout_Links_importsStandardLibraryAndRootOnly(t *testing.T) {
	t.Parallel()
	for _, path := range goList(t, "./links")[0].Imports {
		if !standard(path) && path != modulePath && path != modulePath+"/internal/guard" {
			t.Errorf("links imports %s", path)
		}
	}
}

// audit only reads, over the same face.
func TestLayout_Audit_importsStandardLibraryRootAndLedgerOnly(t *testing.T) {
	t.Parallel()
	for _, path := range goList(t, "./audit")[0].Imports {
		if !standard(path) && path != modulePath && path != modulePath+"/ledger" {
			t.Errorf("audit imports %s", path)
		}
	}
}

// Whoever writes a store reads one contract: its suite knows no fake and no
// other suite.
func TestLayout_Storetest_importsTheContractOnly(t *testing.T) {
	t.Parallel()
	p := goList(t, "./adcimporttest/conformance/storetest")[0]
	contract := []string{modulePath, modulePath + "/ledger"}
	words := modulePath + "/match" // of which an outcome has some
	helpers := []string{modulePath + "/adcimporttest/internal/ability", modulePath + "/adcimporttest/internal/panics"}
	for _, path := range p.Imports {
		if !standard(path) && !slices.Contains(contract, path) && path != words && !slices.Contains(helpers, path) {
			t.Errorf("storetest imports %s", path)
		}
	}
	if len(slices.DeleteFunc(contract, func(c string) bool { return !slices.Contains(p.Imports, c) })) != 1 {
		t.Error("storetest imports the contract from two packages, or from none")
	}
}

func TestLayout_dependenciesStayWhereTheyBelong(t *testing.T) {
	t.Parallel()
	clients := []string{"alarmcom", "securitytrax", "internal"}
	rules := map[string]struct {
		path    string
		allowed []string // folders whose packages may depend on it
	}{
		"retries with the clients":    {"github.com/hashicorp/go-retryablehttp", clients},
		"pacing with the clients":     {"golang.org/x/time", clients},
		"OAuth with Alarm.com":        {"golang.org/x/oauth2", []string{"alarmcom"}},
		"go-cmp in tests only":        {"github.com/google/go-cmp", nil},
		"httpmock in tests only":      {"github.com/jarcoal/httpmock", nil},
		"testing in suites only":      {"testing", []string{"adcimporttest/conformance"}},
		"suites in no package":        {modulePath + "/adcimporttest/conformance", []string{"adcimporttest/conformance"}},
		"fakes in no package":         {modulePath + "/adcimporttest", []string{"adcimporttest", "alarmcom/alarmcomtest", "securitytrax/securitytraxtest"}},
		"SOAP fake in no package":     {modulePath + "/alarmcom/alarmcomtest", []string{"alarmcom/alarmcomtest"}},
		"JSON:API fake in no package": {modulePath + "/securitytrax/securitytraxtest", []string{"securitytrax/securitytraxtest"}},
		"alarmcom stands alone":       {modulePath + "/alarmcom", []string{"alarmcom"}},
		"securitytrax stands alone":   {modulePath + "/securitytrax", []string{"securitytrax"}},
		"reports with the host":       {modulePath + "/report", nil},
		"links with the host":         {modulePath + "/links", nil},
		"audits with the host":        {modulePath + "/audit", nil},
		"sqlstore stands alone":       {modulePath + "/sqlstore", []string{"sqlstore"}},
	}
	pkgs := goList(t, "./...")
	for name, rule := range rules {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			uses := func(dep string) bool { return hasPrefix(dep, rule.path) }
			for _, p := range pkgs {
				if slices.ContainsFunc(p.Deps, uses) && !p.in(rule.allowed...) {
					t.Errorf("%s depends on %s", p.ImportPath, rule.path)
				}
			}
		})
	}
}

// The transports to Alarm.com know nothing of each other, nor of the client that
// chooses between them; what both clients share knows neither.
func TestLayout_transportsStandApart(t *testing.T) {
	t.Parallel()
	const rooms = modulePath + "/alarmcom/internal/"
	for path, apart := range map[string][]string{
		rooms + "account":                {rooms + "call", rooms + "soapapi", rooms + "partnerapi", modulePath + "/internal/pacing"},
		rooms + "call":                   {rooms + "account", rooms + "soapapi", rooms + "partnerapi"},
		rooms + "soapapi":                {rooms + "partnerapi"},
		rooms + "partnerapi":             {rooms + "soapapi"},
		modulePath + "/internal/service": {modulePath + "/alarmcom", modulePath + "/securitytrax"},
	} {
		for _, p := range goList(t, path) {
			for _, dep := range p.Deps {
				other := func(a string) bool { return hasPrefix(dep, a) }
				if dep == modulePath+"/alarmcom" || dep == modulePath+"/securitytrax" || slices.ContainsFunc(apart, other) {
					t.Errorf("%s depends on %s", path, dep)
				}
			}
		}
	}
}

func TestLayout_GoMod(t *testing.T) {
	t.Parallel()
	var mod struct {
		Go, Toolchain          string
		Replace, Exclude, Tool []any
		Require                []struct {
			Path     string
			Indirect bool
		}
	}
	if err := json.Unmarshal([]byte(goCommand(t, "mod", "edit", "-json")), &mod); err != nil {
		t.Fatal(err)
	}
	required := []string{
		"github.com/google/go-cmp",
		"github.com/hashicorp/go-retryablehttp",
		"github.com/jarcoal/httpmock",
		"golang.org/x/time",
	}
	optional := []string{"golang.org/x/oauth2", "golang.org/x/sync"}
	indirect := []string{"github.com/hashicorp/go-cleanhttp"} // of go-retryablehttp
	var direct []string
	for _, r := range mod.Require {
		switch {
		case r.Indirect && !slices.Contains(indirect, r.Path):
			t.Errorf("go.mod requires %s indirectly", r.Path)
		case !r.Indirect && !slices.Contains(optional, r.Path):
			direct = append(direct, r.Path)
		}
	}
	slices.Sort(direct)
	if diff := cmp.Diff(required, direct); diff != "" {
		t.Errorf("direct requirements of go.mod (-want +got):\n%s", diff)
	}
	if mod.Go != "1.26.0" || mod.Toolchain != "" {
		t.Errorf("go.mod has go %s, toolchain %q; want go 1.26.0 and no toolchain", mod.Go, mod.Toolchain)
	}
	if n := len(mod.Replace) + len(mod.Exclude) + len(mod.Tool); n > 0 {
		t.Errorf("go.mod has %d replace, exclude or tool lines; want none", n)
	}
}
