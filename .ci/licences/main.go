// Program licences reads software bills of materials (CycloneDX, JSON) and fails where
// a component has another licence than those that a program may be shipped with, or
// none that was found.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
)

// may are the licences (SPDX) that ask for no more than to be named.
var may = []string{"MIT", "BSD-2-Clause", "BSD-3-Clause", "BSD-Source-Code", "Apache-2.0", "ISC", "MPL-2.0", "Unlicense", "CC0-1.0", "PostgreSQL"}

// own is what our modules are called: they have the root's licence.
const own = "github.com/securitytrax/adcimport"

type licence struct {
	License struct{ ID string } `json:"license"`
}

type component struct {
	Name, Version string
	Licenses      []licence
	Evidence      struct{ Licenses []licence }
}

func main() {
	wrong := 0
	for _, file := range os.Args[1:] {
		list, err := read(file)
		if err != nil {
			fmt.Fprintln(os.Stderr, "licences:", err)
			os.Exit(1)
		}
		for _, c := range list {
			if says := refused(c); says != "" {
				wrong++
				fmt.Printf("%s: %s %s: %s\n", file, c.Name, c.Version, says)
			}
		}
	}
	if wrong > 0 {
		os.Exit(1)
	}
}

func read(file string) ([]component, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var bom struct{ Components []component }
	if err := json.Unmarshal(data, &bom); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return bom.Components, nil
}

// refused says why a component must not be shipped; empty: it may.
func refused(c component) string {
	if c.Name == own || strings.HasPrefix(c.Name, own+"/") {
		return ""
	}
	all := append(slices.Clone(c.Licenses), c.Evidence.Licenses...)
	if len(all) == 0 {
		return "no licence was found"
	}
	for _, l := range all {
		if !slices.Contains(may, l.License.ID) {
			return "licence " + l.License.ID
		}
	}
	return ""
}
