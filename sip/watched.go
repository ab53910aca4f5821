package sip

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// watched is what some files say. They are looked at whenever it is asked for: nothing has to be told of a change. What
// cannot be read, or makes no sense, changes nothing and is said once.
type watched[T any] struct {
	files []string
	parse func(texts [][]byte) (T, error)
	log   *slog.Logger

	mu    sync.Mutex
	seen  []os.FileInfo // as they were when they were read, well or badly
	value T
}

func watch[T any](log *slog.Logger, parse func([][]byte) (T, error), files ...string) (*watched[T], error) {
	w := &watched[T]{files: files, parse: parse, log: log}
	var err error
	w.seen = w.look()
	w.value, err = w.read()
	return w, err
}

// get reads again what has changed. A certificate and its key are changed one after the other: while they do not fit, the
// pair before counts.
func (w *watched[T]) get() T {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.look()
	if slices.EqualFunc(w.seen, now, unchanged) {
		return w.value
	}
	w.seen = now
	value, err := w.read()
	if err != nil {
		w.log.Warn("sip: changed file not taken", "error", err)
		return w.value
	}
	w.log.Info("sip: file read again", "file", filepath.Base(w.files[0]))
	w.value = value
	return value
}

func (w *watched[T]) read() (value T, err error) {
	var texts [][]byte
	for _, name := range w.files {
		text, err := os.ReadFile(name)
		if err != nil {
			return value, err
		}
		texts = append(texts, text)
	}
	if value, err = w.parse(texts); err != nil {
		return value, fmt.Errorf("%s: %w", w.files[0], err)
	}
	return value, nil
}

func (w *watched[T]) look() []os.FileInfo {
	infos := make([]os.FileInfo, len(w.files))
	for i, name := range w.files {
		infos[i], _ = os.Stat(name) // reading says what is wrong
	}
	return infos
}

func unchanged(a, b os.FileInfo) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}
