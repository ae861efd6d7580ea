package adcimporttest

import (
	"strconv"
	"sync/atomic"

	"github.com/securitytrax/adcimport"
)

// Rig is a whole importer's surroundings in memory, for tests of a host: both ends, a
// store, and a configuration over them. Any part may be replaced in Config. It works
// in a testing/synctest bubble, and has nothing to close.
type Rig struct {
	Source *Source
	Sink   *Sink // strict, and with unique user names, as SecurityTrax
	Store  *adcimport.MemoryStore
	// Config is ready for adcimport.New: the link "rig", whose runs are named run-1,
	// run-2 and so on.
	Config adcimport.Config
	// Options that the sink takes: the office "1", and the permission group "4".
	CustomerOptions adcimport.CustomerOptions
	UserOptions     adcimport.UserOptions
}

// NewRig makes a rig over a dealer, which it does not copy: change it with Source.Update.
// Nil is a dealer of 100 customers and 20 users.
//
// The sink offers the office "1", the rep "2", the customer tag "3", the permission
// group "4" and the user tag "5".
func NewRig(dealer *Dealer) *Rig {
	if dealer == nil {
		dealer = NewDealer(1, 100, 20)
	}
	r := &Rig{
		Source: &Source{Dealer: dealer},
		Sink: &Sink{
			Strict: true, UniqueUsernames: true,
			Choices: SinkChoices{
				Offices:          []adcimport.Choice{{ID: "1", Name: "Headquarters"}},
				Reps:             []adcimport.Choice{{ID: "2", Name: "House Account"}},
				CustomerTags:     []adcimport.Choice{{ID: "3", Name: "Imported"}},
				PermissionGroups: []adcimport.Choice{{ID: "4", Name: "Technician"}},
				UserTags:         []adcimport.Choice{{ID: "5", Name: "Field"}},
			},
		},
		Store:           new(adcimport.MemoryStore),
		CustomerOptions: adcimport.CustomerOptions{OfficeID: "1"},
		UserOptions:     adcimport.UserOptions{PermissionGroupID: "4", Active: true},
	}
	var runs atomic.Int64
	r.Config = adcimport.Config{
		Link: "rig", Source: r.Source, Sink: r.Sink, Store: r.Store,
		NewID: func() string { return "run-" + strconv.FormatInt(runs.Add(1), 10) },
	}
	return r
}
