//go:build !race

package month_test

const raceEnabled = false
