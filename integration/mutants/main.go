// Program mutants changes the library as slips of the hand would, one small change at a
// time, and runs the tests: a change that no test notices is a rule that no test
// states. It asks for the root of the checkout as its working directory:
//
//	go run ./integration/mutants -n 50 -seed 7 internal/lease internal/engine/judge.go
//
// Without names of files or folders it takes a sample of all that it is meant for. What
// is in survivors.txt may live, each with the reason; anything else that does ends the
// program with status 1. Files are never changed: the compiler is shown the change in
// their place.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// places are what mutants are made of, and the packages whose tests have to notice, the
// quickest first.
//
//nolint:gochecknoglobals // a table
var places = []struct {
	path  string
	tests []string
}{
	{"internal/lease", []string{"./internal/lease", "."}},
	{"internal/engine", []string{"./internal/engine", ".", "./integration/faults", "./integration/model", "./integration/month"}},
	{"ledger", []string{"./ledger", "./adcimporttest/conformance/storetest", "."}},
	{"sqlstore", []string{"./sqlstore", "./integration/sqlstore"}},
	{"match", []string{"./match", "./internal/matching", "./integration/match"}},
	{"internal/matching", []string{"./internal/matching", "./integration/match", "."}},
}

const survivorsFile = "integration/mutants/survivors.txt"

func main() {
	n := flag.Int("n", 20, "how many mutants are tried; 0: all of them")
	seed := flag.Uint64("seed", 1, "which ones")
	list := flag.Bool("list", false, "list the mutants and try none")
	name := flag.String("name", "", "only mutants whose name has this text")
	limit := flag.Duration("limit", 5*time.Minute, "for the tests of one package: who takes longer is noticed")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	alive, err := run(ctx, options{n: *n, seed: *seed, list: *list, name: *name, limit: *limit, paths: flag.Args()})
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
	}
	if err != nil || alive > 0 {
		stop()
		os.Exit(1) //nolint:gocritic // stop was called
	}
}

// options are what flags and arguments say.
type options struct {
	n     int
	seed  uint64
	list  bool
	name  string
	limit time.Duration
	paths []string
}

func run(ctx context.Context, o options) (alive int, err error) {
	all, err := sample(o)
	if err != nil {
		return 0, err
	}
	if o.list {
		slices.SortFunc(all, func(a, b mutant) int { return strings.Compare(a.name(), b.name()) })
		for i := range all {
			fmt.Printf("%s (line %d)\n", all[i].name(), all[i].line)
		}
		return 0, nil
	}
	may, err := survivors(survivorsFile)
	if err != nil {
		return 0, err
	}
	t := trial{limit: o.limit}
	if t.dir, err = os.MkdirTemp("", "mutants-"); err != nil {
		return 0, err
	}
	defer os.RemoveAll(t.dir) //nolint:errcheck // a folder for temporary files
	found, senseless := 0, 0
	for i := range all {
		end, err := t.try(ctx, &all[i])
		switch why, known := may[all[i].name()]; {
		case err != nil:
			return alive, err
		case end == senselessEnd:
			senseless++
		case end == foundEnd:
			found++
		case known:
			fmt.Printf("lives, as it may: %s (%s)\n", all[i].name(), why)
		default:
			alive++
			fmt.Printf("LIVES: %s (line %d)\n", all[i].name(), all[i].line)
		}
	}
	fmt.Printf("%d mutants: %d noticed, %d live unexplained, %d do not compile\n", len(all), found, alive, senseless)
	return alive, nil
}

// sample are the mutants that are wanted.
func sample(o options) ([]mutant, error) {
	all, err := collect(o.paths)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(m mutant) bool { return !strings.Contains(m.name(), o.name) })
	r := rand.New(rand.NewPCG(o.seed, 0)) //nolint:gosec // a sample
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	if o.n > 0 {
		all = all[:min(o.n, len(all))]
	}
	return all, nil
}

// collect returns the mutants of the named files and folders, or of all places.
func collect(only []string) ([]mutant, error) {
	if len(only) == 0 {
		for _, p := range places {
			only = append(only, p.path)
		}
	}
	var all []mutant
	for _, path := range only {
		files := []string{path}
		if !strings.HasSuffix(path, ".go") {
			var err error
			if files, err = filepath.Glob(filepath.Join(path, "*.go")); err != nil {
				return nil, err
			}
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			some, err := mutantsOf(filepath.ToSlash(f))
			if err != nil {
				return nil, err
			}
			all = append(all, some...)
		}
	}
	if len(all) == 0 {
		return nil, errors.New("there is nothing to change: run it from the root of the checkout")
	}
	return all, nil
}

// survivors are the mutants that may live, and why.
func survivors(file string) (map[string]string, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	may, why := make(map[string]string), ""
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := lines.Text()
		switch {
		case line == "":
			why = ""
		case strings.HasPrefix(line, "# "):
			why = strings.TrimSpace(why + " " + line[2:])
		default:
			may[line] = why
		}
	}
	return may, lines.Err()
}

// trial tries mutants, one at a time.
type trial struct {
	dir   string
	limit time.Duration
}

// end is what became of a mutant.
type end int

const (
	livesEnd end = iota
	foundEnd
	senselessEnd // it does not compile, or vet refuses it
)

// try runs the tests that have to notice a mutant until one does.
func (t trial) try(ctx context.Context, m *mutant) (end, error) {
	wd, err := os.Getwd()
	if err != nil {
		return 0, err
	}
	changed, overlay := filepath.Join(t.dir, "mutant.go"), filepath.Join(t.dir, "overlay.json")
	if err := os.WriteFile(changed, m.text, 0o600); err != nil {
		return 0, err
	}
	say, err := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(wd, m.file): changed}})
	if err != nil {
		return 0, err
	}
	if err := os.WriteFile(overlay, say, 0o600); err != nil {
		return 0, err
	}
	if err := t.tool(ctx, "build", "-overlay", overlay, "./"+filepath.Dir(m.file)); err != nil {
		return senselessEnd, ctx.Err()
	}
	for _, p := range places {
		if !strings.HasPrefix(m.file, p.path+"/") {
			continue
		}
		for _, pkg := range p.tests {
			if err := t.tool(ctx, "test", "-overlay", overlay, "-vet=off", "-failfast", "-short", "-timeout", t.limit.String(), pkg); err != nil {
				return foundEnd, ctx.Err()
			}
		}
	}
	return livesEnd, ctx.Err()
}

func (trial) tool(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.WaitDelay = time.Second
	return cmd.Run()
}
