package fidelity_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// need skips a test that lacks something outside the repository; in CI it fails.
func need(t *testing.T, ok bool, what string) {
	t.Helper()
	if ok {
		return
	}
	if slices.Contains(os.Environ(), "CI=true") {
		t.Fatal("CI lacks " + what)
	}
	t.Skip("not here: " + what)
}

// wsdlDir finds Alarm.com's WSDLs, which are beside the repository.
func wsdlDir(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	for err == nil && dir != filepath.Dir(dir) {
		found := filepath.Join(dir, "shared", "alarmcom")
		if _, e := os.Stat(filepath.Join(found, "CustomerManagement.wsdl")); e == nil {
			return found
		}
		dir = filepath.Dir(dir)
	}
	need(t, false, "shared/alarmcom with the WSDLs")
	return ""
}

// python is Debian's, which has python3-zeep; another one may come first in PATH.
const python = "/usr/bin/python3"

func zeep(t *testing.T) *exec.Cmd {
	t.Helper()
	need(t, exec.CommandContext(t.Context(), python, "-c", "import zeep").Run() == nil, "python3-zeep")
	return exec.CommandContext(t.Context(), python, "soap_client.py")
}

// node runs a script of this directory with the packages that .ci/npm
// installs: those of this package-lock.json, and no others.
func node(t *testing.T, script string) *exec.Cmd {
	t.Helper()
	program, err := exec.LookPath("node")
	need(t, err == nil, "node")
	lock, err := os.ReadFile("package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(lock)
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = "/root/.cache" // as .ci/npm has it
	}
	modules := filepath.Join(cache, "adcimport", "fidelity-"+hex.EncodeToString(sum[:])[:12], "node_modules")
	_, err = os.Stat(modules)
	need(t, err == nil, "the npm packages of integration/fidelity (.ci/npm installs them)")
	cmd := exec.CommandContext(t.Context(), program, script)
	cmd.Env = append(os.Environ(), "NODE_PATH="+modules, "TZ=UTC")
	return cmd
}

// answers gives a job to a script and decodes what it writes.
func answers[T any](t *testing.T, cmd *exec.Cmd, job any) T {
	t.Helper()
	in, err := json.Marshal(job)
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, &stderr)
	}
	var list T
	if err := json.Unmarshal(out, &list); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	return list
}
