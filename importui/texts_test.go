package importui_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/securitytrax/adcimport/importui"
)

// Each text is of some page, and each page finds its texts.
func TestTexts_areUsed(t *testing.T) {
	t.Parallel()
	var all strings.Builder
	err := fs.WalkDir(os.DirFS("."), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path == "texts.go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		if strings.HasSuffix(path, ".go") || strings.HasSuffix(path, ".html") {
			text, err := os.ReadFile(path)
			all.Write(text)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	code := all.String()
	texts := importui.Texts()
	made := regexp.MustCompile(`^(would|group|evidence|veto|wrong|title|failed|field|missing_help|not_connected|not_active|resting|record)_`)
	for key := range texts {
		name := strings.TrimSuffix(strings.TrimSuffix(key, ".one"), ".many")
		if !strings.Contains(code, `"`+name+`"`) && !made.MatchString(key) {
			t.Errorf("no page says %s", key)
		}
		if one, many := texts[name+".one"], texts[name+".many"]; name != key && (one == "" || many == "") {
			t.Errorf("%s is not both of one and of many", name)
		}
	}
	for _, m := range regexp.MustCompile(`[({ ]t "([a-z_A-Z]+)"`).FindAllStringSubmatch(code, -1) {
		if texts[m[1]] == "" {
			t.Errorf("a page has no text %s", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`[({ ]n "([a-z_]+)"|counted\("([a-z_]+)"`).FindAllStringSubmatch(code, -1) {
		if texts[m[1]+m[2]+".many"] == "" {
			t.Errorf("a page has no text %s", m[1]+m[2])
		}
	}
}
