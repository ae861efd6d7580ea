package securitytrax

import "github.com/securitytrax/adcimport/internal/states"

// States are the 72 codes that SecurityTrax takes for the state of an address,
// by its description: 50 states and DC, 8 territories, 13 Canadian provinces
// and territories, sorted. The slice is the caller's.
func States() []string { return states.Codes() }
