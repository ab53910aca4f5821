package config

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// position is where a value stands in the file.
type position struct{ line, column int }

// decoder copies the syntax tree into a Config. The library's own decoder stops at the first
// fault; this one reports them all and remembers where every value stood, so that the checks
// that follow can point at it.
type decoder struct {
	env    LookupEnv
	at     map[string]position // path → its value, or the key of a section
	broken []string            // paths that have a fault already: no check needs to follow up
	faults Faults
}

// fault records a fault at p.
func (d *decoder) fault(p position, path, format string, args ...any) {
	d.broken = append(d.broken, path)
	d.faults = append(d.faults, Fault{Line: p.line, Column: p.column, Path: path, Message: fmt.Sprintf(format, args...)})
}

func syntaxFault(err error, file string) Faults {
	f := Fault{Line: 1, Column: 1, Message: "not YAML"}
	var y yaml.Error
	if errors.As(err, &y) {
		if p := where(y.GetToken()); p.line > 0 {
			f.Line, f.Column = p.line, p.column
		}
		f.Message += ": " + strings.ReplaceAll(y.GetMessage(), "'\t'", "tab")
	}
	if lines := strings.Split(file, "\n"); f.Line <= len(lines) && strings.Contains(lines[f.Line-1], "${") {
		f.Message += " (between { and }, ${NAME} belongs in quotes)"
	}
	return Faults{f}
}

func where(t *token.Token) position {
	if t == nil || t.Position == nil {
		return position{1, 1}
	}
	return position{t.Position.Line, t.Position.Column}
}

func (d *decoder) documents(file *ast.File, c *Config) {
	for i, doc := range file.Docs {
		switch {
		case doc.Body == nil:
		case i > 0:
			d.fault(where(doc.Body.GetToken()), "", "the file holds more than one document: keep the first and remove the '---'")
		default:
			d.node(doc.Body, reflect.ValueOf(c).Elem(), "")
		}
	}
}

// node copies n into v, which lies at path.
func (d *decoder) node(n ast.Node, v reflect.Value, path string) {
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		// A reader should not have to jump around the file to know what a group may do.
		d.fault(where(n.GetToken()), path, "anchors, aliases and tags are not supported: write the value out")
		return
	case *ast.CommentGroupNode:
		return
	}
	if s, ok := v.Addr().Interface().(interface{ shorthand() *string }); ok && single(n) {
		d.node(n, reflect.ValueOf(s.shorthand()).Elem(), path)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.mapping(n, path, func(key string, value ast.Node, p position) { d.field(v, key, value, p, path) })
	case reflect.Map:
		d.mapping(n, path, func(key string, value ast.Node, p position) { d.entry(v, key, value, path) })
	case reflect.Slice:
		d.sequence(n, v, path)
	default:
		d.scalar(n, v, path)
	}
}

// mapping calls put for every key of n, each once.
func (d *decoder) mapping(n ast.Node, path string, put func(key string, value ast.Node, p position)) {
	var values []*ast.MappingValueNode
	switch m := n.(type) {
	case *ast.MappingNode:
		values = m.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{m}
	case *ast.NullNode: // "section:" with nothing below it
	default:
		d.fault(where(n.GetToken()), path, "must be a section of keys (key: value), not %s", kindOf(n))
	}
	seen := map[string]position{}
	for _, kv := range values {
		p := where(kv.Key.GetToken())
		key, ok := keyOf(kv.Key)
		if !ok {
			d.fault(p, path, "this key is not plain text: write a name in front of the colon")
			continue
		}
		if first, twice := seen[key]; twice {
			d.fault(p, join(path, key), "stands here a second time, first in line %d: keep one", first.line)
			continue
		}
		seen[key] = p
		d.at[join(path, key)] = p
		put(key, kv.Value, p)
	}
}

// field copies value into the field of v whose yaml tag is key.
func (d *decoder) field(v reflect.Value, key string, value ast.Node, p position, path string) {
	var known []string
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag.Get("yaml")
		if tag == key {
			d.node(value, v.Field(i), join(path, key))
			return
		}
		known = append(known, tag)
	}
	d.fault(p, join(path, key), "unknown key: %s", suggestion(key, known))
}

// entry copies value into v[key].
func (d *decoder) entry(v reflect.Value, key string, value ast.Node, path string) {
	e := reflect.New(v.Type().Elem())
	if x, ok := e.Interface().(interface{ setDefaults() }); ok {
		x.setDefaults()
	}
	d.node(value, e.Elem(), join(path, key))
	if v.IsNil() {
		v.Set(reflect.MakeMap(v.Type()))
	}
	v.SetMapIndex(reflect.ValueOf(key), e.Elem())
}

func (d *decoder) sequence(n ast.Node, v reflect.Value, path string) {
	s, ok := n.(*ast.SequenceNode)
	switch {
	case !ok && n.Type() == ast.NullType:
		return
	case !ok:
		d.fault(where(n.GetToken()), path, "must be a list, like [a, b], not %s", kindOf(n))
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(s.Values), len(s.Values)))
	for i, item := range s.Values {
		at := fmt.Sprintf("%s[%d]", path, i)
		d.at[at] = where(item.GetToken())
		d.node(item, v.Index(i), at)
	}
}

// single reports a value that is no section, list or nothing.
func single(n ast.Node) bool {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode, *ast.SequenceNode, *ast.NullNode:
		return false
	}
	return true
}

func keyOf(k ast.MapKeyNode) (string, bool) {
	switch k.(type) {
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return k.GetToken().Value, true
	}
	return "", false
}

func kindOf(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a section"
	case *ast.SequenceNode:
		return "a list"
	case *ast.NullNode:
		return "nothing"
	}
	return "a single value"
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// suggestion names the known key nearest to a mistyped one, or all of them.
func suggestion(key string, known []string) string {
	for _, k := range known {
		if distance(strings.ToLower(strings.ReplaceAll(key, "_", "-")), k) <= 2 {
			return fmt.Sprintf("did you mean %s?", k)
		}
	}
	known = slices.Sorted(slices.Values(known))
	return "possible here are " + strings.Join(known, ", ")
}

// distance is the number of edits between two keys (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
