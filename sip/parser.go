package sip

import (
	"maps"
	"strings"

	gosip "github.com/emiago/sipgo/sip"
)

// newParser is sipgo's, which takes no white space where the grammar allows some, as in "; tag=x"
// (https://www.rfc-editor.org/rfc/rfc3261#section-25.1). It leaves Record-Route as text, so that it goes back exactly as
// it came.
func newParser() *gosip.Parser {
	parsers := maps.Clone(gosip.DefaultHeadersParser())
	delete(parsers, "record-route")
	for names, separators := range map[string]string{"from f to t contact m": ";=,", "via v": ";=/:,", "cseq": ""} {
		for name := range strings.FieldsSeq(names) {
			parse := parsers[name]
			if parse == nil {
				continue
			}
			parsers[name] = func(name []byte, text string) (gosip.Header, error) { return parse(name, squeeze(text, separators)) }
		}
	}
	return gosip.NewParser(gosip.WithHeadersParsers(parsers))
}

// squeeze takes out the white space around separators, and all but one of it elsewhere, in the first element of a list. What
// it takes out of one that is followed by another goes in front: sipgo counts where that begins.
func squeeze(text, separators string) string {
	if !squeezable(text, separators) {
		return text
	}
	out := make([]byte, 0, len(text))
	end, quoted, bracketed := len(text), false, false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quoted && c == '\\' && i+1 < len(text):
			out = append(out, c)
			i++
			c = text[i]
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '<' || c == '>':
			bracketed = c == '<'
		case bracketed:
		case c == ',':
			end, i = i, len(text)
			continue
		case white(c):
			if i+1 < len(text) && (white(text[i+1]) || strings.IndexByte(separators, text[i+1]) >= 0) ||
				len(out) > 0 && strings.IndexByte(separators, out[len(out)-1]) >= 0 || i+1 == len(text) {
				continue
			}
		}
		out = append(out, c)
	}
	if end == len(text) {
		return string(out)
	}
	return strings.Repeat(" ", end-len(out)) + string(out) + text[end:]
}

// squeezable reports whether there may be something to do; mostly there is not.
func squeezable(text, separators string) bool {
	quoted := false
	for i := 0; i < len(text) && (quoted || text[i] != ','); i++ {
		switch {
		case quoted && text[i] == '\\':
			i++
		case text[i] == '"':
			quoted = !quoted
		case quoted || !white(text[i]):
		case i+1 == len(text) || white(text[i+1]) || strings.IndexByte(separators, text[i+1]) >= 0 ||
			i > 0 && strings.IndexByte(separators, text[i-1]) >= 0:
			return true
		}
	}
	return false
}

func white(c byte) bool { return c == ' ' || c == '\t' }
