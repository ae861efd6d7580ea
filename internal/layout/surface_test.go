package layout_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write api/ anew")

// TestSurface compares what each public package exports with api/, so that no
// change of the surface goes unseen. `make api` writes the files anew.
func TestSurface(t *testing.T) {
	t.Parallel()
	imp := exportData(t)
	kept := map[string]bool{}
	for _, path := range publicPackages(t) {
		name := strings.TrimPrefix(strings.TrimPrefix(path, modulePath), "/")
		file := filepath.Join(repository, "api", surfaceFile(name))
		kept[filepath.Base(file)] = true
		t.Run(surfaceFile(name), func(t *testing.T) {
			t.Parallel()
			pkg, err := imp(path)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(surface(pkg), "\n") + "\n"
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatalf("%v: `make api` writes it", err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("the surface changed; say so in CHANGELOG.md and run `make api` (-recorded +now):\n%s", diff)
			}
		})
	}
	for _, file := range recordedFiles(t) {
		if !kept[file] {
			t.Errorf("api/%s is of no public package", file)
		}
	}
}

func recordedFiles(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(repository, "api"))
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names
}

func surfaceFile(name string) string {
	if name == "" {
		return "adcimport.txt"
	}
	return strings.ReplaceAll(name, "/", "-") + ".txt"
}

func publicPackages(t *testing.T) []string {
	t.Helper()
	var paths []string
	for path := range strings.FieldsSeq(goCommand(t, "list", "./...")) {
		if !strings.Contains(path+"/", "/internal/") {
			paths = append(paths, path)
		}
	}
	return paths
}

// exportData is an importer of this module's packages, from what the compiler
// wrote about them.
func exportData(t *testing.T) func(path string) (*types.Package, error) {
	t.Helper()
	files := exportFiles(t)
	return func(path string) (*types.Package, error) { return importerOf(files).Import(path) }
}

// importerOf reads packages from files with export data, each once.
func importerOf(files map[string]string) types.Importer {
	return importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(files[path])
	})
}

// exportFiles are the files with the export data of this module's packages, and of all
// that they import.
func exportFiles(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	dec := json.NewDecoder(strings.NewReader(goCommand(t, "list", "-export", "-deps", "-json=ImportPath,Export", "./...")))
	for dec.More() {
		var p struct{ ImportPath, Export string }
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		files[p.ImportPath] = p.Export
	}
	return files
}

// surface lists what a package exports, a line for each declaration, field and
// method, sorted.
func surface(pkg *types.Package) []string {
	lines := []string{"package " + pkg.Path()}
	for _, name := range pkg.Scope().Names() {
		if ast.IsExported(name) {
			lines = append(lines, declaration(pkg.Scope().Lookup(name))...)
		}
	}
	slices.Sort(lines[1:])
	return lines
}

func declaration(obj types.Object) []string {
	short := types.RelativeTo(obj.Pkg())
	switch o := obj.(type) {
	case *types.Const:
		return []string{fmt.Sprintf("const %s %s = %s", o.Name(), types.TypeString(o.Type(), short), o.Val().ExactString())}
	case *types.TypeName:
		return typeLines(o, short)
	}
	return []string{types.ObjectString(obj, short)}
}

func typeLines(name *types.TypeName, short types.Qualifier) []string {
	if name.IsAlias() {
		return []string{fmt.Sprintf("type %s = %s", name.Name(), types.TypeString(types.Unalias(name.Type()), short))}
	}
	named, ok := name.Type().(*types.Named)
	if !ok {
		return []string{types.ObjectString(name, short)}
	}
	head := "type " + types.TypeString(named, short) + constraints(named, short)
	var lines []string
	switch u := named.Underlying().(type) {
	case *types.Struct:
		lines = append(lines, head+" struct")
		for f := range u.Fields() {
			if f.Exported() {
				lines = append(lines, fmt.Sprintf("%s struct, %s %s", head, f.Name(), types.TypeString(f.Type(), short)))
			}
		}
	case *types.Interface:
		lines = append(lines, head+" interface")
		for m := range u.Methods() {
			lines = append(lines, fmt.Sprintf("%s interface, %s%s", head, m.Name(), signature(m, short)))
		}
	default:
		lines = append(lines, head+" "+types.TypeString(u, short))
	}
	for m := range named.Methods() {
		if m.Exported() {
			recv := types.TypeString(m.Signature().Recv().Type(), short)
			lines = append(lines, fmt.Sprintf("method (%s) %s%s", recv, m.Name(), signature(m, short)))
		}
	}
	return lines
}

func signature(m *types.Func, short types.Qualifier) string {
	return strings.TrimPrefix(types.TypeString(m.Signature(), short), "func")
}

// constraints are the type parameters of a generic type, as declared.
func constraints(named *types.Named, short types.Qualifier) string {
	var list []string
	for p := range named.TypeParams().TypeParams() {
		list = append(list, p.Obj().Name()+" "+types.TypeString(p.Constraint(), short))
	}
	if len(list) == 0 {
		return ""
	}
	return " (" + strings.Join(list, ", ") + ")"
}
