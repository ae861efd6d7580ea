//go:build race

package month_test

// raceEnabled: months take several times as long.
const raceEnabled = true
