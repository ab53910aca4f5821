package config

import "strings"

// checker looks at what the decoder read: whether the values make sense, alone and together.
type checker struct {
	*decoder
	readFile ReadFile
}

// wrong reports a fault at path, or at the nearest section that the file does contain. A
// path whose value was faulty already is left alone: one mistake, one line.
func (k *checker) wrong(path, format string, args ...any) {
	for _, b := range k.broken {
		if path == b {
			return
		}
	}
	k.fault(k.position(path), path, format, args...)
}

func (k *checker) position(path string) position {
	for path != "" {
		if p, ok := k.at[path]; ok {
			return p
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return position{1, 1}
}

// config checks everything.
func (k *checker) config(c *Config) {
}
