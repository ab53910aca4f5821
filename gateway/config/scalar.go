package config

import (
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// Size is a number of bytes, written like 512MiB or 1GiB.
type Size int64

// scalar copies a single value into v.
func (d *decoder) scalar(n ast.Node, v reflect.Value, path string) {
	p := where(n.GetToken())
	d.at[path] = p
	text, plain, ok := d.text(n, path)
	if !ok {
		return
	}
	switch v.Interface().(type) {
	case time.Duration:
		x, err := time.ParseDuration(text)
		if err != nil {
			d.fault(p, path, "must be a duration with its unit, like 500ms, 30s or 1h30m")
		}
		v.SetInt(int64(x))
	case Size:
		x, ok := parseSize(text)
		if !ok {
			d.fault(p, path, "must be a size with its unit, like 512MiB or 1GiB")
		}
		v.SetInt(x)
	case int:
		x, err := strconv.Atoi(text)
		if err != nil || !plain {
			d.fault(p, path, "must be a whole number, without quotes")
		}
		v.SetInt(int64(x))
	case bool:
		if text != "true" && text != "false" || !plain {
			d.fault(p, path, "must be true or false, without quotes")
		}
		v.SetBool(text == "true")
	default:
		v.SetString(text)
	}
}

// text is the value as written, with ${NAME} replaced; plain tells that it may be a number
// or a truth value, which a quoted text may not.
func (d *decoder) text(n ast.Node, path string) (text string, plain, ok bool) {
	p := where(n.GetToken())
	switch s := n.(type) {
	case *ast.StringNode:
		text, ok = d.expand(s.Value, p, path)
		return text, text != s.Value, ok
	case *ast.LiteralNode:
		text, ok = d.expand(s.Value.Value, p, path)
		return text, false, ok
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, true, true
	case *ast.NullNode:
		d.fault(p, path, "is empty: give a value or remove the key")
	case *ast.MappingNode, *ast.MappingValueNode:
		d.fault(p, path, "must be a single value, not a section: a text with a colon in it belongs in quotes")
	default:
		d.fault(p, path, "must be a single value, not %s", kindOf(n))
	}
	return "", false, false
}

// expand replaces ${NAME} by the environment's value. The values never get into a message.
func (d *decoder) expand(s string, p position, path string) (string, bool) {
	if !strings.Contains(s, "${") {
		return s, true
	}
	reference := regexp.MustCompile(`\$\{[^}]*\}?`)
	ok := true
	s = reference.ReplaceAllStringFunc(s, func(ref string) string {
		name, closed := strings.CutSuffix(ref[2:], "}")
		if !closed || !regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`).MatchString(name) {
			d.fault(p, path, "${ must be followed by the name of an environment variable and }")
			ok = false
			return ""
		}
		value, set := d.env(name)
		if !set {
			d.fault(p, path, "the environment variable %s is not set: set it, or write the value here", name)
			ok = false
		}
		return value
	})
	return s, ok
}

func parseSize(s string) (int64, bool) {
	units := []struct {
		name  string
		bytes int64
	}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40}}
	for _, u := range units {
		if digits, ok := strings.CutSuffix(s, u.name); ok {
			n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
			return n * u.bytes, err == nil && n > 0 && n <= math.MaxInt64/u.bytes
		}
	}
	return 0, false
}

// String writes the size as the file would.
func (s Size) String() string {
	switch {
	case s >= 1<<30 && s%(1<<30) == 0:
		return fmt.Sprintf("%dGiB", s>>30)
	case s >= 1<<20 && s%(1<<20) == 0:
		return fmt.Sprintf("%dMiB", s>>20)
	}
	return fmt.Sprintf("%dKiB", s>>10)
}
