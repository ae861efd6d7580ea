package sqlstore

import (
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/securitytrax/adcimport/ledger"
)

// micros is a time as it is stored; NULL for none.
func micros(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	v := t.UnixMicro()
	return &v
}

func fromMicros(v int64) time.Time { return time.UnixMicro(v).UTC() }

func fromNullMicros(v *int64) time.Time {
	if v == nil {
		return time.Time{}
	}
	return fromMicros(*v)
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// nullable is NULL for 0.
func nullable(n int64) *int64 {
	if n == 0 {
		return nil
	}
	return &n
}

// jsonRows encodes rows of texts, whole numbers and nulls, which cannot fail.
func jsonRows(rows any) string {
	b, _ := json.Marshal(rows) //nolint:errchkjson // only strings, integers and nil pointers
	return string(b)
}

// What the first byte of a stored fingerprint says about the others.
const (
	fingerprintText  = 0 // they are the text
	fingerprintBytes = 1 // they are what the text is the hexadecimal digits of
)

// packFingerprint is how a fingerprint is stored, in hexadecimal digits. None is
// nothing.
func packFingerprint(text string) string {
	if text == "" {
		return ""
	}
	if isDigits(text) {
		return "01" + text
	}
	return "00" + hex.EncodeToString([]byte(text))
}

// isDigits reports whether a text is what bytes are in hexadecimal digits.
func isDigits(text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(text)%2 == 0
}

func unpackFingerprint(stored []byte) (string, error) {
	if len(stored) == 0 {
		return "", nil
	}
	switch stored[0] {
	case fingerprintText:
		return string(stored[1:]), nil
	case fingerprintBytes:
		var room [64]byte // for those of the importer
		return string(hex.AppendEncode(room[:0], stored[1:])), nil
	}
	return "", fmt.Errorf("a fingerprint begins with byte %d", stored[0])
}

// packVerdict is how a verdict is stored: action, action/reason or
// action/reason/ahead; the reason is excluded/field where a field keeps the record
// out.
func packVerdict(v ledger.Verdict) string {
	if v.Excluded != "" {
		v.Reason = excludedBy + ledger.Reason(v.Excluded)
	}
	switch {
	case v.Ahead:
		return string(v.Action) + "/" + string(v.Reason) + "/ahead"
	case v.Reason != "":
		return string(v.Action) + "/" + string(v.Reason)
	}
	return string(v.Action)
}

func unpackVerdict(text string) ledger.Verdict {
	action, rest, _ := strings.Cut(text, "/")
	reason, ahead := strings.CutSuffix(rest, "/ahead")
	v := ledger.Verdict{Action: ledger.Action(action), Reason: ledger.Reason(reason), Ahead: ahead}
	if field, excluded := strings.CutPrefix(reason, string(excludedBy)); excluded {
		v.Reason, v.Excluded = ledger.ReasonExcluded, field
	}
	return v
}

const excludedBy = ledger.ReasonExcluded + "/"

// notFound tells a missing row from a failure.
func notFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ledger.ErrNotFound
	}
	return err
}

// storable reports whether a database would keep a text as it is.
func storable(text string) bool { return utf8.ValidString(text) && strings.IndexByte(text, 0) < 0 }
