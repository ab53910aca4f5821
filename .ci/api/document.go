package main

import (
	"strings"

	"github.com/goccy/go-yaml"
)

// document is what the page shows of an AsyncAPI document, in its order.
type document struct {
	Info struct {
		Title       string `yaml:"title"`
		Version     string `yaml:"version"`
		Description string `yaml:"description"`
	} `yaml:"info"`
	Components struct {
		Traits   yaml.MapSlice `yaml:"messageTraits"`
		Schemas  yaml.MapSlice `yaml:"schemas"`
		Messages yaml.MapSlice `yaml:"messages"`
	} `yaml:"components"`
}

type page struct {
	Title, Version, Description string
	Sections                    []*section
	Failure                     *message
	Headers, Schemas            []named
}

// section is one kind of destination.
type section struct {
	ID, Title string
	Messages  []*message
}

type message struct {
	Name, Kind, Summary string
	Body                any
	Examples            []any
	Answer              *message
}

type named struct {
	Name string
	What any
}

const response = ".response"

func (d document) page() page {
	p := page{Title: d.Info.Title, Version: d.Info.Version, Description: d.Info.Description}
	byName := map[string]*message{}
	for _, item := range d.Components.Messages {
		key, _ := item.Key.(string)
		m := read(key, item.Value)
		byName[key] = m
		asked, isAnswer := strings.CutSuffix(key, response)
		switch {
		case m.Kind == "failure":
			p.Failure = m
		case isAnswer && byName[asked] != nil:
			byName[asked].Answer = m
		default:
			s := p.section(key)
			s.Messages = append(s.Messages, m)
		}
	}
	for _, item := range d.Components.Traits {
		name, _ := item.Key.(string)
		p.Headers = append(p.Headers, named{name, member(item.Value, "headers")})
	}
	for _, item := range d.Components.Schemas {
		name, _ := item.Key.(string)
		p.Schemas = append(p.Schemas, named{name, item.Value})
	}
	return p
}

// section returns the section of a message; sections stand in the order of their first one.
func (p *page) section(message string) *section {
	object, _, _ := strings.Cut(message, ".")
	for _, s := range p.Sections {
		if s.ID == object {
			return s
		}
	}
	title := map[string]string{
		"cti": "Processor control", "session": "Session", "channelgroup": "Channel group",
		"channel": "Channel", "interaction": "Interaction", "conversation": "Conversation",
	}[object]
	s := &section{ID: object, Title: title}
	p.Sections = append(p.Sections, s)
	return s
}

func read(key string, v any) *message {
	m := &message{Name: key, Body: member(v, "payload")}
	m.Summary, _ = member(v, "summary").(string)
	m.Examples, _ = member(v, "examples").([]any)
	if traits, ok := member(v, "traits").([]any); ok && len(traits) > 0 {
		reference, _ := member(traits[0], "$ref").(string)
		m.Kind = reference[strings.LastIndexByte(reference, '/')+1:]
	}
	return m
}

// member returns a member of an ordered object; nil if there is none.
func member(v any, key string) any {
	object, _ := v.(yaml.MapSlice)
	for _, item := range object {
		if item.Key == key {
			return item.Value
		}
	}
	return nil
}
