package sqlstore

import (
	"encoding/json"
	"errors"
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

var errText = errors.New("text must be valid UTF-8 without NUL")

// checkText refuses what would be stored as something else: two such ids could
// become one.
func checkText(list ...string) error {
	for _, s := range list {
		if !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
			return errText
		}
	}
	return nil
}

// idRows is a list of ids as a {rows id text} parameter.
func idRows(ids []string) (string, error) {
	if err := checkText(ids...); err != nil {
		return "", err
	}
	rows := make([][1]string, len(ids))
	for i, id := range ids {
		rows[i][0] = id
	}
	return jsonRows(rows), nil
}

// jsonRows encodes rows of texts, whole numbers and nulls, which cannot fail.
func jsonRows(rows any) string {
	b, _ := json.Marshal(rows) //nolint:errchkjson // only strings, integers and nil pointers
	return string(b)
}

func encodeCounts(c ledger.Counts, by map[ledger.Reason]int) (counts, reasons string, err error) {
	b, err := json.Marshal(c)
	if err != nil {
		return "", "", err
	}
	r, err := json.Marshal(by)
	if err != nil {
		return "", "", err
	}
	return string(b), string(r), nil
}
