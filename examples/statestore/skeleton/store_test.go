package skeleton_test

import (
	"errors"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/securitytrax/adcimport/adcimporttest/conformance/storetest"
	"github.com/securitytrax/adcimport/examples/statestore/skeleton"
	"github.com/securitytrax/adcimport/ledger"
)

// In a copy this is
//
//	storetest.Run(t, func(t *testing.T) ledger.StateStore { return open(t) })
//
// which says what is still to be written.
func TestStore_suiteSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	err := storetest.Test(func() (ledger.StateStore, error) { return new(skeleton.Store), nil })
	if !errors.Is(err, errors.ErrUnsupported) || strings.Contains(err.Error(), "panic") {
		t.Errorf("error %v", err)
	}
}

// Each method of the contract is there with a line of its own, which names functions
// that package ledger has.
func TestStore_comments(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("store.go")
	if err != nil {
		t.Fatal(err)
	}
	contract := reflect.TypeFor[ledger.StateStore]()
	for method := range contract.Methods() {
		if !strings.Contains(string(text), "\n// "+method.Name+" ") {
			t.Errorf("nothing is said of %s", method.Name)
		}
	}
	var source strings.Builder
	files, err := os.ReadDir("../../../ledger")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		code, err := os.ReadFile("../../../ledger/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		source.Write(code)
	}
	named := regexp.MustCompile(`\b(LeaseRequest|Resume|OpenIntent|RunState|RunStatus|End|Commit|Outcome|Record|Amendment|Mark)\.([A-Z]\w+)`)
	found := named.FindAllStringSubmatch(strings.ReplaceAll(string(text), "ledger.", ""), -1)
	for _, m := range found {
		if !regexp.MustCompile(`func \(\w+ \*?` + m[1] + `\) ` + m[2] + `\(`).MatchString(source.String()) {
			t.Errorf("ledger has no %s.%s", m[1], m[2])
		}
	}
	if len(found) < 15 {
		t.Errorf("%d functions are named: the search does not see them", len(found))
	}
}
