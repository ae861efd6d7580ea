// Package model is a deterministic simulation of adcimport: real importers run
// against a real state store and simulated ends, and a scheduler that reads its
// decisions from a tape lets one call happen at a time, loses replies, lands
// creates late, kills and pauses runners, moves records and lets virtual time
// pass, and checks the invariants of docs/design.md after every step that wrote
// something. At the end everything is brought to completion undisturbed: nothing
// may be lost, nothing doubled. All of it is in the tests.
//
//	go test ./model                                               what CI does
//	go test ./model -run 'TestModel$' -model.seed=1000 -model.schedules=50000
//	go test ./model -run TestModelOnDatabases -model.dbschedules=500
//	go test ./model -run 'TestModel$' -model.tape=00e8…            repeat one schedule
//	go test ./model -run 'TestPasts$' -model.pasts=6000            one run after the other: see TestPasts
//	go test ./model -run 'TestPasts$' -model.past=00e8…            repeat one past
//	go test ./model -run TestModelRapid -rapid.seed=0 -rapid.checks=20000
//
// One window is left out on purpose: a process that is stopped between its last
// check of the lease and the socket. docs/reliability.md names and measures it.
package model
