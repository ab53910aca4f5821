package gateway_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tieline/bridge"
)

const root = ".."

// The ledger of goroutines in ARCHITECTURE.md is the code's: each go statement and each
// call of a Go method, by file.
func TestGoroutineLedger(t *testing.T) {
	counted := map[string]int{}
	eachFile(t, ".go", func(path string) {
		if strings.HasSuffix(path, "_test.go") || strings.Contains(path, "test/") {
			return
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, path), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				counted[path]++
			case *ast.CallExpr:
				if f, ok := n.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Go" {
					counted[path]++
				}
			}
			return true
		})
	})
	written := map[string]int{}
	row := regexp.MustCompile("(?m)^\\| `([^`]+\\.go)` \\| (\\d+) \\|")
	for _, m := range row.FindAllStringSubmatch(read(t, "ARCHITECTURE.md"), -1) {
		written[m[1]], _ = strconv.Atoi(m[2])
	}
	for path, n := range counted {
		if written[path] != n {
			t.Errorf("%s starts goroutines in %d places, ARCHITECTURE.md says %d", path, n, written[path])
		}
	}
	for path := range written {
		if counted[path] == 0 {
			t.Errorf("ARCHITECTURE.md lists %s, which starts no goroutine", path)
		}
	}
}

// Every message name of the code is in the protocol, and the other way round.
func TestProtocolNames(t *testing.T) {
	protocol := read(t, "docs/protocol.md")
	name := regexp.MustCompile("`((?:cti|session|channelgroup|channel|interaction|conversation)\\.[a-z]+(?:\\.[a-z]+)?)`")
	documented := map[string]bool{}
	for _, m := range name.FindAllStringSubmatch(protocol, -1) {
		documented[m[1]] = true
	}
	for _, n := range []string{"cti.query", "cti.request", "cti.response", "cti.event"} { // types, not names
		delete(documented, n)
	}
	coded := map[string]bool{}
	for _, m := range regexp.MustCompile(`Name\s+= "([a-z.]+)"`).FindAllStringSubmatch(read(t, "bridge/name.go"), -1) {
		coded[m[1]] = true
	}
	for n := range coded {
		// The document writes "`channel.request.activate`† / `deactivate`†" for pairs.
		if !documented[n] && !strings.Contains(protocol, "/ `"+n[strings.LastIndexByte(n, '.')+1:]+"`") {
			t.Errorf("%s is in the code and not in docs/protocol.md", n)
		}
	}
	for n := range documented {
		if !coded[n] {
			t.Errorf("%s is in docs/protocol.md and not in the code", n)
		}
	}
	for _, n := range bridge.AllAsked() {
		if _, _, ok := n.Asked(); !ok {
			t.Errorf("%s is listed and not known", n)
		}
	}
}

// Every package says what it is for in a doc.go.
func TestPackageDocs(t *testing.T) {
	packages := map[string]bool{}
	eachFile(t, ".go", func(path string) {
		if dir := filepath.Dir(path); !strings.HasSuffix(path, "_test.go") {
			packages[dir] = packages[dir] || filepath.Base(path) == "doc.go"
		}
	})
	for dir, documented := range packages {
		if !documented {
			t.Errorf("%s has no doc.go", dir)
		}
	}
}

// Links in the documents lead somewhere.
func TestLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#]+)(#[^)]*)?\)`)
	eachFile(t, ".md", func(path string) {
		for _, m := range link.FindAllStringSubmatch(read(t, path), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(root, filepath.Dir(path), m[1])); err != nil {
				t.Errorf("%s: the link to %s is dead", path, m[1])
			}
		}
	})
}

// What the architecture asks of the documents' size.
func TestArchitectureFitsTheHead(t *testing.T) {
	if n := strings.Count(read(t, "ARCHITECTURE.md"), "\n"); n > 150 {
		t.Errorf("ARCHITECTURE.md has %d lines, 150 at most", n)
	}
}

func eachFile(t *testing.T, suffix string, f func(path string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && slices.Contains([]string{".git", "node_modules", "bin", "testdata"}, d.Name()) {
			return filepath.SkipDir
		}
		if !d.IsDir() && strings.HasSuffix(path, suffix) {
			relative, err := filepath.Rel(root, path)
			if err != nil {
				return fmt.Errorf("walk: %w", err)
			}
			f(filepath.ToSlash(relative))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What docs/conformance.md names as a proof exists.
func TestConformance(t *testing.T) {
	tests := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	eachFile(t, "_test.go", func(path string) {
		for _, m := range declared.FindAllStringSubmatch(read(t, path), -1) {
			tests[m[1]] = true
		}
	})
	named := regexp.MustCompile("`((?:Test|Fuzz)\\w+|[a-z/]+/testdata/[a-z0-9_/]+|[a-z/]+\\.go)`")
	for _, m := range named.FindAllStringSubmatch(read(t, "docs/conformance.md"), -1) {
		proof := m[1]
		if strings.HasPrefix(proof, "Test") || strings.HasPrefix(proof, "Fuzz") {
			if !tests[proof] {
				t.Errorf("there is no %s", proof)
			}
			continue
		}
		if _, err := os.Stat(filepath.Join(root, proof)); err != nil {
			t.Errorf("there is no %s", proof)
		}
	}
}
