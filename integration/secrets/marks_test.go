package secrets_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// What must be in no output.
const (
	alarmUser     = "Marked1User"
	alarmPassword = "Marked2Password"
	alarmDevice   = "Marked3Device"
	clientID      = "Marked4Client"
	integratorKey = "Marked5Integrator"
	crmUser       = "Marked6User"
	crmPassword   = "Marked7Password"
	accessToken   = "Marked8Access"
	hashKey       = "Marked9HashKey"
	databaseName  = "Marked10Database" // stands for the password in a data source name
	faultText     = "Marked11Fault"
	faultCode     = "Marked12Code"
	wrongPassword = "Marked13Wrong"
)

// marks are the secrets, the live tokens among them.
type marks struct {
	mu     sync.Mutex
	all    []string
	tokens map[string]int // by service
	shapes map[string][]string
}

func newMarks() *marks {
	return &marks{tokens: make(map[string]int), shapes: make(map[string][]string), all: []string{
		alarmUser, alarmPassword, alarmDevice, clientID, integratorKey, crmUser, crmPassword, accessToken, hashKey, databaseName,
		faultText, faultCode, wrongPassword,
	}}
}

// sent notes the token of a request.
func (m *marks) sent(service, token string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tokens[service]++
	if !slices.Contains(m.all, token) {
		m.all = append(m.all, token)
	}
}

// in returns what is found of the secrets in a text.
func (m *marks) in(text string) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []string
	lower := strings.ToLower(text)
	for _, secret := range m.all {
		if m.shapes[secret] == nil {
			m.shapes[secret] = shapes(secret)
		}
		for _, s := range m.shapes[secret] {
			if strings.Contains(text, s) || s == strings.ToLower(s) && strings.Contains(lower, s) {
				found = append(found, s)
			}
		}
	}
	return found
}

// shapes are how a text may be printed: as it is, as hexadecimal or decimal
// bytes with what may stand between them, in base64 at each of its alignments.
func shapes(secret string) []string {
	list := []string{secret, hex.EncodeToString([]byte(secret))}
	for _, form := range []struct{ byte, between string }{
		{"%02x", " "}, {"0x%02x", ", "}, {"0x%02x", " "}, {"%d", " "}, {"%d", ","}, {"%d", ", "}, {"%o", " "}, {"%b", " "}, {"\\x%02x", ""},
	} {
		parts := make([]string, len(secret))
		for i := range len(secret) {
			parts[i] = fmt.Sprintf(form.byte, secret[i])
		}
		list = append(list, strings.Join(parts, form.between))
	}
	for before := range 3 {
		text := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("x", before) + secret))
		list = append(list, text[(before*8+5)/6:len(text)-1])
	}
	return list
}
