package adcimport_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/securitytrax/adcimport"
)

// Fault 82: a mapping file as an editor saves it, and names that no attribute has.
func TestFault82_mappingFiles(t *testing.T) {
	t.Parallel()
	const src = `{"rules":[{"from":"LastName","to":"Custom.lead source"}]}`
	for name, tt := range map[string]struct{ in, says string }{
		"as it is":        {src, ""},
		"byte order mark": {"\ufeff" + src, ""},
		"two of them":     {"\ufeff\ufeff" + src, "JSON"},
		"UTF-16, little":  {"\xff\xfe{\x00", "UTF-16"},
		"UTF-16, big":     {"\xfe\xff\x00{", "UTF-16"},
		"another code":    {strings.Replace(src, "lead", "Ren\xe9", 1), "UTF-8"},
		"NUL":             {strings.Replace(src, "lead source", `a\u0000b`, 1), "printable"},
		"a line":          {strings.Replace(src, "lead source", `a\nb`, 1), "printable"},
		"a direction":     {strings.Replace(src, "lead source", `a\u202eb`, 1), "printable"},
		"spaces around":   {strings.Replace(src, "lead source", " a", 1), "spaces around"},
		"nothing seen":    {strings.Replace(src, "lead source", "\u200b", 1), "printable"},
		"long":            {strings.Replace(src, "lead source", strings.Repeat("é", 101), 1), "100 characters"},
		"no ASCII":        {strings.Replace(src, "lead source", "Größe", 1), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := adcimport.ParseMapping([]byte(tt.in))
			_, ok := errors.AsType[*adcimport.MappingError](err)
			if tt.says == "" && err != nil || tt.says != "" && (!ok || !strings.Contains(err.Error(), tt.says)) {
				t.Errorf("%v, want %q", err, tt.says)
			}
		})
	}
}
