package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"os"
	"path/filepath"
	"regexp"

	"github.com/goccy/go-yaml"
)

//go:embed page.html
var layout string

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: api DOCUMENT PAGE")
		os.Exit(2)
	}
	if err := render(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func render(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	var d document
	if err := yaml.UnmarshalWithOptions(text, &d, yaml.UseOrderedMap()); err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	parsed, err := template.New("page").Funcs(template.FuncMap{"yaml": linked}).Parse(layout)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := parsed.Execute(&out, d.page()); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o750); err != nil {
		return err
	}
	return os.WriteFile(to, out.Bytes(), 0o600)
}

// linked writes v as YAML in which a reference to a schema is a link.
func linked(v any) (template.HTML, error) {
	text, err := yaml.MarshalWithOptions(v, yaml.IndentSequence(true))
	if err != nil {
		return "", err
	}
	reference := regexp.MustCompile(`\$ref: &#34;#/components/schemas/(\w+)&#34;|\$ref: &#39;#/components/schemas/(\w+)&#39;`)
	safe := template.HTMLEscapeString(string(bytes.TrimSpace(text)))
	return template.HTML(reference.ReplaceAllString(safe, `<a href="#$1$2">$1$2</a>`)), nil
}
