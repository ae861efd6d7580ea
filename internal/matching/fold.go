package matching

import (
	"strings"
	"unicode"
)

// plain has the letters that stand for a Latin letter with an accent, and for those
// that are two in one, in lower case.
var plain = map[rune]string{
	'à': "a", 'á': "a", 'â': "a", 'ã': "a", 'ä': "a", 'å': "a", 'ā': "a", 'ă': "a", 'ą': "a", 'ǎ': "a", 'ạ': "a", 'ả': "a",
	'ấ': "a", 'ầ': "a", 'ẩ': "a", 'ẫ': "a", 'ậ': "a", 'ắ': "a", 'ằ': "a", 'ẳ': "a", 'ẵ': "a", 'ặ': "a", 'æ': "ae",
	'ç': "c", 'ć': "c", 'ĉ': "c", 'ċ': "c", 'č': "c", 'ď': "d", 'đ': "d", 'ð': "d",
	'è': "e", 'é': "e", 'ê': "e", 'ë': "e", 'ē': "e", 'ĕ': "e", 'ė': "e", 'ę': "e", 'ě': "e", 'ẹ': "e", 'ẻ': "e", 'ẽ': "e",
	'ế': "e", 'ề': "e", 'ể': "e", 'ễ': "e", 'ệ': "e", 'ĝ': "g", 'ğ': "g", 'ġ': "g", 'ģ': "g", 'ĥ': "h", 'ħ': "h",
	'ì': "i", 'í': "i", 'î': "i", 'ï': "i", 'ĩ': "i", 'ī': "i", 'ĭ': "i", 'į': "i", 'ı': "i", 'ỉ': "i", 'ị': "i",
	'ĵ': "j", 'ķ': "k", 'ĺ': "l", 'ļ': "l", 'ľ': "l", 'ŀ': "l", 'ł': "l", 'ñ': "n", 'ń': "n", 'ņ': "n", 'ň': "n",
	'ò': "o", 'ó': "o", 'ô': "o", 'õ': "o", 'ö': "o", 'ø': "o", 'ō': "o", 'ŏ': "o", 'ő': "o", 'ơ': "o", 'ọ': "o", 'ỏ': "o",
	'ố': "o", 'ồ': "o", 'ổ': "o", 'ỗ': "o", 'ộ': "o", 'ớ': "o", 'ờ': "o", 'ở': "o", 'ỡ': "o", 'ợ': "o", 'œ': "oe",
	'ŕ': "r", 'ŗ': "r", 'ř': "r", 'ś': "s", 'ŝ': "s", 'ş': "s", 'š': "s", 'ș': "s", 'ß': "ss", 'ţ': "t", 'ť': "t", 'ț': "t",
	'ŧ': "t", 'þ': "th", 'ù': "u", 'ú': "u", 'û': "u", 'ü': "u", 'ũ': "u", 'ū': "u", 'ŭ': "u", 'ů': "u", 'ű': "u", 'ų': "u",
	'ư': "u", 'ụ': "u", 'ủ': "u", 'ứ': "u", 'ừ': "u", 'ử': "u", 'ữ': "u", 'ự': "u", 'ŵ': "w", 'ý': "y", 'ÿ': "y", 'ŷ': "y",
	'ỳ': "y", 'ỵ': "y", 'ỷ': "y", 'ỹ': "y", 'ź': "z", 'ż': "z", 'ž': "z",
}

// unwritten are signs that people leave out, and some that nobody sees.
const unwritten = "'’‘`´ʼ.\u200b\u200d\u00ad"

// maxText is how many bytes of a text are read. What is longer is no name.
const maxText = 1000

// words are the words of s in lower case, without accents, apostrophes and dots.
// Whatever else is no letter and no digit stands between words.
func words(s string) []string {
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "")
	}
	var b strings.Builder
	for _, r := range s {
		r = unicode.ToLower(r)
		letters, accented := plain[r]
		switch {
		case accented:
			b.WriteString(letters)
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r) || strings.ContainsRune(unwritten, r):
		default:
			b.WriteByte(' ')
		}
	}
	return strings.Fields(b.String())
}

// easilyTyped is a name as somebody types it in a hurry: without accents and signs,
// in capitals where it has some.
func easilyTyped(s string) string {
	var b strings.Builder
	for _, r := range clipped(s) {
		lower := unicode.ToLower(r)
		letters, accented := plain[lower]
		switch {
		case accented && lower != r:
			b.WriteString(strings.ToUpper(letters[:1]) + letters[1:])
		case accented:
			b.WriteString(letters)
		case strings.ContainsRune(unwritten, r) || unicode.Is(unicode.Mn, r):
		case unicode.Is(unicode.Pd, r):
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// folded is the text of words without anything between.
func folded(s string) string { return strings.Join(words(s), "") }

// oneDigit reports whether all of s is one and the same digit.
func oneDigit(s string) bool {
	return s != "" && s[0] >= '0' && s[0] <= '9' && strings.Count(s, s[:1]) == len(s)
}
