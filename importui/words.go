package importui

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// grouped is a number with its thousands apart.
func grouped(n int) string {
	digits := strconv.Itoa(n)
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// shortTime is a time as one says it near to it: the hour today, the day this year.
func shortTime(t, now time.Time) string {
	switch {
	case t.Year() == now.Year() && t.YearDay() == now.YearDay():
		return t.Format("15:04")
	case t.After(now) && t.Sub(now) < 6*24*time.Hour:
		return t.Format("Monday 15:04")
	case t.Year() == now.Year():
		return t.Format("Jan 2, 15:04")
	}
	return t.Format("Jan 2, 2006")
}

// about is how long something takes, no more exact than it is known.
func (v *views) about(d time.Duration) string {
	switch {
	case d < 90*time.Second:
		return v.text("about_minute")
	case d < 90*time.Minute:
		return v.textOf("about_minutes", int((d + 30*time.Second).Minutes()))
	}
	halves := int((d + 15*time.Minute) / (30 * time.Minute))
	text := grouped(halves / 2)
	if halves%2 == 1 {
		text += "½"
	}
	if text == "1" {
		return v.text("about_hour")
	}
	return v.textOf("about_hours", text)
}

// lasted is how long something took.
func lasted(from, to time.Time) string {
	d := to.Sub(from).Round(time.Second)
	switch {
	case from.IsZero() || to.IsZero() || d < 0:
		return ""
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	}
	return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
}

// perSecond is a rate with one decimal.
func perSecond(n int, d time.Duration) (text string, rate float64) {
	if d < 2*time.Second || n == 0 {
		return "", 0
	}
	rate = float64(n) / d.Seconds()
	return strconv.FormatFloat(rate, 'f', 1, 64), rate
}

// mul is a part of a whole in thousandths, for drawings.
func mul(part, whole int) int {
	if whole <= 0 {
		return 0
	}
	return part * 1000 / whole
}

// words are a field's name as an office says it: LastName is Last name.
func (v *views) fieldName(field string) string {
	if text, ok := v.texts["field_"+field]; ok {
		return text
	}
	var b strings.Builder
	for i, r := range strings.ReplaceAll(field, ".", ", ") {
		if i > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte(' ')
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// capital begins a sentence.
func capital(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}
