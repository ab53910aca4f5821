package config

import (
	"errors"
	"os"

	"github.com/goccy/go-yaml/parser"
)

// ReadFile reads one of the files that the configuration names; os.ReadFile in production.
type ReadFile func(path string) ([]byte, error)

// LookupEnv finds an environment variable; os.LookupEnv in production.
type LookupEnv func(name string) (string, bool)

// Load reads and checks the file at path, with the process's environment and files. The
// error is Faults, or the operating system's error when the file cannot be read.
func Load(path string) (Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Config{}, err
	}
	c, err := Parse(data, os.LookupEnv, os.ReadFile)
	var faults Faults
	if errors.As(err, &faults) {
		for i := range faults {
			faults[i].File = path
		}
	}
	return c, err
}

// Parse reads and checks data. ${NAME} in a value is replaced by env, and *-file keys are
// read through readFile. The error is always Faults; the Config is the zero value then.
func Parse(data []byte, env LookupEnv, readFile ReadFile) (Config, error) {
	file, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return Config{}, syntaxFault(err, string(data))
	}
	c := Default()
	d := &decoder{env: env, at: map[string]position{}}
	d.documents(file, &c)
	k := &checker{decoder: d, readFile: readFile}
	k.config(&c)
	if err := d.faults.err(); err != nil {
		return Config{}, err
	}
	return c, nil
}
