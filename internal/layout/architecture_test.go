package layout_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	// drawnRoom finds a room of the picture: id["folder, folder"].
	drawnRoom = regexp.MustCompile(`^\s*(\w+)\["([^"]+)"\]$`)
	// drawnArrow finds arrows of the picture: id --> id & id.
	drawnArrow = regexp.MustCompile(`^\s*(\w+) --> (\w+(?: & \w+)*)$`)
)

// TestArchitecture_picture compares the picture of the rooms with what imports
// what: each package of the root module is in one room, and rooms have the
// arrows that their packages' imports have, no more and no less.
func TestArchitecture_picture(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(repository, "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	roomOf, drawn := readPicture(t, string(text))
	found := make(map[string]bool)
	for _, p := range goList(t, "./...") {
		from := folder(p.ImportPath)
		room, ok := roomOf[from]
		if !ok {
			t.Errorf("%s is in no room of the picture", from)
		}
		delete(roomOf, from+" unseen")
		for _, dep := range p.Imports {
			to, ours := roomOf[folder(dep)]
			if ours && hasPrefix(dep, modulePath) && to != room {
				found[room+" --> "+to] = true
			}
		}
	}
	for name := range roomOf {
		if from, unseen := strings.CutSuffix(name, " unseen"); unseen {
			t.Errorf("the picture has %s, which is no package", from)
		}
	}
	want, got := slices.Sorted(maps.Keys(found)), slices.Sorted(maps.Keys(drawn))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("arrows (-imports +picture):\n%s", diff)
	}
}

// readPicture reads the first mermaid block of a text: the room of each folder,
// with a mark "folder unseen" beside it, and the arrows between rooms.
func readPicture(t *testing.T, text string) (roomOf map[string]string, arrows map[string]bool) {
	t.Helper()
	_, rest, ok := strings.Cut(text, "```mermaid\n")
	picture, _, closed := strings.Cut(rest, "```")
	if !ok || !closed {
		t.Fatal("docs/architecture.md has no mermaid block")
	}
	roomOf, arrows = make(map[string]string), make(map[string]bool)
	for line := range strings.Lines(picture) {
		line = strings.TrimRight(line, "\n")
		if m := drawnRoom.FindStringSubmatch(line); m != nil {
			for name := range strings.SplitSeq(m[2], ", ") {
				roomOf[name], roomOf[name+" unseen"] = m[1], m[1]
			}
		}
		if m := drawnArrow.FindStringSubmatch(line); m != nil {
			for to := range strings.SplitSeq(m[2], " & ") {
				arrows[m[1]+" --> "+to] = true
			}
		}
	}
	return roomOf, arrows
}

// folder is the place of a package in the repository; the root's is its name.
func folder(path string) string {
	if path == modulePath {
		return "adcimport"
	}
	return strings.TrimPrefix(path, modulePath+"/")
}

// Folders with Go code outside of the picture are named too, and nothing is named that
// is not there.
func TestArchitecture_everyFolder(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(repository, "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	roomOf, _ := readPicture(t, string(text))
	named := make(map[string]bool)
	for _, match := range regexp.MustCompile("`([\\w./-]+(?:/|\\.go))`").FindAllStringSubmatch(string(text), -1) {
		path := strings.TrimSuffix(match[1], "/")
		named[path] = true
		if _, err := os.Stat(filepath.Join(repository, path)); err != nil && strings.Contains(path, "/") {
			t.Errorf("%s is named, and is not there", path)
		}
	}
	files := 0
	err = filepath.WalkDir(repository, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains([]string{".git", "testdata", "node_modules"}, d.Name()):
			return fs.SkipDir
		case d.IsDir() || filepath.Ext(path) != ".go":
			return nil
		}
		dir, err := filepath.Rel(repository, filepath.Dir(path))
		if err != nil {
			return err
		}
		files++
		if _, drawn := roomOf[filepath.ToSlash(dir)]; !drawn && !named[filepath.ToSlash(dir)] && dir != "." {
			named[filepath.ToSlash(dir)] = true
			t.Errorf("%s is not named", dir)
		}
		return nil
	})
	if err != nil || files < 500 {
		t.Errorf("%d files, %v: the search does not see the tree", files, err)
	}
}
