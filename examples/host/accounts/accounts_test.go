package accounts_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/securitytrax/adcimport/examples/host/accounts"
)

const file = `{"acme": {
	"alarm_com": {"user": "u", "password": "hush-1"},
	"securitytrax": {"profile": "acme", "isp_id": "7", "integrator_key": "hush-2", "user": "u", "password": "hush-3"}
}}`

// No printer and no logger shows a password.
func TestAccountsPrintNoSecret(t *testing.T) {
	t.Parallel()
	all := read(t, file)
	account := all["acme"]
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	logger.Info("test", slog.Any("all", all), slog.Any("account", account), slog.Any("password", account.AlarmCom.Password))
	slog.New(slog.NewJSONHandler(&log, nil)).Info("test", slog.Any("account", account))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		log.WriteString(fmt.Sprintf(verb, all) + fmt.Sprintf(verb, &account))
	}
	for _, secret := range []string{"hush", fmt.Sprintf("%x", "hush")} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("%s is in %s", secret, &log)
		}
	}
	if account.SecurityTrax.Password != "hush-3" || account.SecurityTrax.IntegratorKey != "hush-2" {
		t.Error("the file was not read")
	}
}

// A file that is not what is wanted is refused, without a word of it.
func TestReadRefuses(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "accounts.json")
	if err := os.WriteFile(name, []byte(`{"acme": "hush-1"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := accounts.Read(name); err == nil || strings.Contains(err.Error(), "hush") {
		t.Errorf("got %v", err)
	}
}

func read(t *testing.T, text string) accounts.All {
	t.Helper()
	name := filepath.Join(t.TempDir(), "accounts.json")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	all, err := accounts.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	return all
}
