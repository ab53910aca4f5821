package gateway_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestParsersAreFuzzed: each exported function that parses or decodes is named in a file of its package that has a fuzz test.
func TestParsersAreFuzzed(t *testing.T) {
	parsers, fuzz := map[string][]string{}, map[string]string{} // by directory
	exported := regexp.MustCompile(`(?m)^func (?:\([^)]*\) )?((?:Parse|Decode|Split)\w*)\(`)
	eachFile(t, ".go", func(path string) {
		dir, text := filepath.Dir(path), read(t, path)
		switch {
		case !strings.HasSuffix(path, "_test.go"):
			for _, m := range exported.FindAllStringSubmatch(text, -1) {
				parsers[dir] = append(parsers[dir], m[1])
			}
		case strings.Contains(text, "\nfunc Fuzz"):
			fuzz[dir] += text
		}
	})
	n := 0
	for dir, names := range parsers {
		for _, name := range names {
			n++
			if !regexp.MustCompile(`\b` + name + `\(`).MatchString(fuzz[dir]) {
				t.Errorf("%s: %s is in no fuzz test", dir, name)
			}
		}
	}
	if n < 8 {
		t.Errorf("only %d parsers were found", n)
	}
}
