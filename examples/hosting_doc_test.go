package examples_test

import (
	"os"
	"strings"
	"testing"

	"github.com/securitytrax/adcimport"
)

// The page explains every state.
func TestHostingExplainsEveryState(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/hosting.md")
	if err != nil {
		t.Fatal(err)
	}
	_, states, _ := strings.Cut(string(page), "## States of a run")
	states, _, _ = strings.Cut(states, "\n## ")
	for _, status := range []adcimport.RunStatus{
		adcimport.StatusRunning, adcimport.StatusInterrupted, adcimport.StatusPaused, adcimport.StatusHeld,
		adcimport.StatusCompleted, adcimport.StatusStopped, adcimport.StatusCanceled, adcimport.StatusFailed,
	} {
		if !strings.Contains(states, "\n| `"+string(status)+"` | ") {
			t.Errorf("docs/hosting.md does not explain %s", status)
		}
	}
}
