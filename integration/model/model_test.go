package model_test

import (
	"encoding/hex"
	"flag"
	"fmt"
	"math/bits"
	"testing"

	"pgregory.net/rapid"
)

var (
	schedules   = flag.Int("model.schedules", 300, "schedules of the model test")
	dbSchedules = flag.Int("model.dbschedules", 5, "schedules of the model test on each database")
	firstSeed   = flag.Uint64("model.seed", 1, "seed of the first schedule")
	shrinkTries = flag.Int("model.shrink", 2000, "schedules that a failure is simplified with")
	replay      = flag.String("model.tape", "", "replay one schedule, as a failure prints it")
)

// shorter is a number of tries in a short run, as CI's with the race detector.
func shorter(n int) int {
	if testing.Short() {
		return max(1, n/4)
	}
	return n
}

// TestModel runs random schedules; a failing one is shrunk and printed, and
// -model.tape repeats it.
func TestModel(t *testing.T) {
	t.Parallel()
	if *replay != "" {
		bytes, err := hex.DecodeString(*replay)
		if err != nil {
			t.Fatal(err)
		}
		violation, trace := simulate(t, setting{}, bytes)
		t.Logf("%s", trace)
		if violation != "" {
			t.Fatal(violation)
		}
		return
	}
	for seed := *firstSeed; seed < *firstSeed+uint64(shorter(*schedules)); seed++ {
		bytes := randomTape(seed)
		if violation, _ := simulate(t, setting{}, bytes); violation != "" {
			fail(t, seed, bytes)
			return
		}
	}
}

func fail(t *testing.T, seed uint64, bytes []byte) {
	t.Helper()
	small := shrink(bytes, *shrinkTries, func(b []byte) bool {
		violation, _ := simulate(t, setting{}, b)
		return violation != ""
	})
	violation, trace := simulate(t, setting{}, small)
	t.Fatalf("seed %d: %s\n%s\nreplay: go test ./model -run '^TestModel$' -model.tape=%s", seed, violation, trace, hex.EncodeToString(small))
}

// TestModelRapid lets rapid draw and shrink the tape; it keeps a fail file.
// rapid.checks and rapid.seed say how many and which.
func TestModelRapid(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		bytes := rapid.SliceOfN(rapid.Byte(), tapeLength/4, tapeLength).Draw(rt, "tape")
		for i, b := range bytes {
			bytes[i] = bits.Reverse8(b) // rapid likes small numbers, and they are dull ones here
		}
		if violation, trace := simulate(t, setting{}, bytes); violation != "" {
			rt.Fatalf("%s\n%s\nreplay: -model.tape=%x", violation, trace, bytes)
		}
	})
}

// TestModelOnDatabases runs schedules against the real databases, all of a
// database's under links of their own.
func TestModelOnDatabases(t *testing.T) {
	t.Parallel()
	for name, open := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := open(t)
			for seed := *firstSeed; seed < *firstSeed+uint64(*dbSchedules); seed++ {
				s := setting{store: store.entered, account: fmt.Sprintf("dealer-%d", seed)}
				if violation, trace := simulate(t, s, randomTape(seed)); violation != "" {
					t.Fatalf("seed %d: %s\n%s", seed, violation, trace)
				}
			}
		})
	}
}

// mistakeTries is how often a schedule must find a mistake, to be the one that is run
// on the databases, and how often it may try there: of two things that happen at one
// instant either may come first.
const mistakeTries = 3

// mistakeSchedules is how many schedules that find a mistake are run on a database,
// until one finds it there too: what happens at one instant in memory may not there.
const mistakeSchedules = 3

// mistakeBound is in how many schedules a planted mistake must be found.
const mistakeBound = 300

// TestModelFindsPlantedMistakes proves that the model can fail, on each store:
// without this it could be a test that never does. The schedules that tell on a
// MemoryStore are the ones that are run on the databases.
func TestModelFindsPlantedMistakes(t *testing.T) {
	t.Parallel()
	for name, m := range mistakes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first := findMistake(t, m, 1)
			for name, open := range databases {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					s, seed := setting{store: open(t).entered, mistake: m}, first
					for range mistakeSchedules {
						for try := range mistakeTries {
							s.account = fmt.Sprintf("dealer-%d-%d", seed, try)
							if violation, _ := simulate(t, s, randomTape(seed)); violation != "" {
								return
							}
						}
						seed = findMistake(t, m, seed+1)
					}
					t.Errorf("not found by %d schedules from %d on", mistakeSchedules, first)
				})
			}
		})
	}
}

// findMistake returns the first schedule from one on that finds a mistake.
func findMistake(t *testing.T, m mistake, from uint64) uint64 {
	t.Helper()
	for seed := from; seed <= mistakeBound; seed++ {
		found, last := true, ""
		for try := 0; try < mistakeTries && found; try++ {
			last, _ = simulate(t, setting{mistake: m}, randomTape(seed))
			found = last != ""
		}
		if found {
			t.Logf("found by schedule %d: %s", seed, last)
			return seed
		}
	}
	t.Fatalf("not found in %d schedules", mistakeBound)
	return 0
}

func TestMain(m *testing.M) {
	// The same schedules in every CI run; -rapid.seed=0 asks for new ones.
	for name, value := range map[string]string{"rapid.seed": "1", "rapid.checks": "80", "rapid.nofailfile": "true"} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	m.Run()
}
