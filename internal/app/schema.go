package app

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
)

// node is a JSON Schema or a part of one. Marshalling sorts its keys, so equal
// cards give equal bytes.
type node map[string]any

// Schema returns the JSON Schema (draft 2020-12) of the application file, for
// editors. Whatever it refuses the decoder refuses too; the decoder also sees what
// a schema cannot say, such as two connectors of one name.
func Schema(cards []personality.Card) ([]byte, error) {
	s := object("A Ferry application: backends, the connectors that use them, and questions to ask first.", node{
		"metadata":   node{"$ref": "#/$defs/metadata"},
		"params":     node{"description": "Read by earlier versions only; ignored.", "deprecated": true},
		"questions":  listOf("Asked before the stack is planned.", "question"),
		"backend":    backendSchema(),
		"connectors": listOf("Client containers, wired to every backend.", "connector"),
		"network":    networkSchema(),
	}, "backend")
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = "Ferry application"
	s["$defs"] = definitions(cards)
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("marshal the schema: %w", err)
	}
	return append(text, '\n'), nil
}

func definitions(cards []personality.Card) node {
	return node{
		"metadata": metadataSchema(),
		"question": questionSchema(),
		"backend": object("One storage and the computes tied to it.", node{
			"storage": ref("storage"), "compute": listOf("What computes on the storage.", "compute"),
		}, "storage"),
		"storage":     serviceSchema("Keeps the data.", cards, ferry.Storage),
		"compute":     serviceSchema("Computes on the storage.", cards, ferry.Compute),
		"connector":   connectorSchema(cards),
		"resources":   resourcesSchema(),
		"count":       countSchema(),
		"port":        portSchema(),
		"placeholder": node{"type": "string", "pattern": placeholder.String(), "description": "Replaced by the answer to the question with this parameter."},
		"text":        node{"type": plainTypes(), "minLength": 1},
		"plain":       node{"type": plainTypes()},
		"plains":      node{"type": []string{"object", "null"}, "additionalProperties": ref("plain")},
	}
}

func plainTypes() []string { return []string{"string", "number", "boolean"} }

func ref(name string) node { return node{"$ref": "#/$defs/" + name} }

// object is a mapping with these keys and no others.
func object(description string, properties node, required ...string) node {
	o := node{"type": "object", "description": description, "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		o["required"] = required
	}
	return o
}

// orNothing lets a mapping be left empty.
func (n node) orNothing() node {
	n["type"] = []string{"object", "null"}
	return n
}

func listOf(description, item string) node {
	return node{"type": []string{"array", "null"}, "description": description, "items": ref(item)}
}

// plainOr is a plain value of some form, or a placeholder for one.
func plainOr(description string, forms ...node) node {
	return node{"description": description, "anyOf": append(forms, ref("placeholder"))}
}

func matching(re *regexp.Regexp) node { return node{"type": "string", "pattern": re.String()} }

func backendSchema() node {
	return node{"description": "Storages with their computes.", "anyOf": []node{
		{"type": "array", "minItems": 1, "items": ref("backend")}, ref("backend"),
	}}
}

func networkSchema() node {
	boolean := node{"type": []string{"boolean", "string"}, "enum": []any{true, false, "true", "false"}}
	return object("From where the nodes can be reached.", node{
		"private": plainOr("From each other and by Ferry's commands only: no port is published, and no other user of the machine reaches a node.", boolean),
	}).orNothing()
}

func metadataSchema() node {
	words := node{"type": append(plainTypes(), "null")}
	m := node{"tags": node{"anyOf": []node{words, {"type": "array", "items": ref("text")}}}}
	for _, key := range []string{"author", "version", "description", "icon", "url"} {
		m[key] = words
	}
	return node{"type": []string{"object", "null"}, "description": "Describes the application to people.", "properties": m}
}

func questionSchema() node {
	whole := node{"anyOf": []node{{"type": "integer", "minimum": 0}, matching(digits)}, "description": "The smallest whole number that is taken."}
	return object("A question, whose answer replaces its parameter.", node{
		"question": node{"$ref": "#/$defs/text", "description": "What is asked."},
		"param":    node{"$ref": "#/$defs/text", "description": "The value that the answer replaces, such as \"{instances}\"."},
		"default":  node{"$ref": "#/$defs/text", "description": "Taken when nothing is answered."},
		"minimum":  whole,
	}, "question", "param")
}

// service returns what every service block has, with the personalities of its class.
func service(description string, cards []personality.Card, class ferry.Class, names node) node {
	o := object(description, node{
		"personality": names,
		"instances":   ref("count"),
		"args":        node{"description": "Options of the personality.", "anyOf": []node{ref("plain"), ref("plains")}},
		"resources":   ref("resources"),
		"version":     node{"$ref": "#/$defs/text", "description": "The version of the software."},
		"config":      node{"type": []string{"object", "null"}, "description": "Settings for its configuration files.", "additionalProperties": ref("plains")},
		"env": node{
			"type": []string{"object", "null"}, "description": "Environment of its processes.",
			"propertyNames": node{"pattern": envName.String()}, "additionalProperties": ref("plain"),
		},
	}, "personality")
	if options := optionSchemas(cards, class); len(options) > 0 {
		o["allOf"] = options
	}
	return o
}

func serviceSchema(description string, cards []personality.Card, class ferry.Class) node {
	o := service(description, cards, class, plainOr("What kind of service it is.", nameForms(cards, class)...))
	layer := plainOr("An add-on.", nameForms(cards, ferry.Layer)...)
	o["properties"].(node)["layers"] = node{"description": "Add-ons of the service.", "anyOf": []node{
		{"type": []string{"array", "null"}, "items": layer}, layer,
	}}
	return o
}

func connectorSchema(cards []personality.Card) node {
	forms := append(nameForms(cards, ferry.Connector), node{"type": "string", "pattern": "[/:]", "description": "An image of your own."})
	o := service("A client container.", cards, ferry.Connector, plainOr("The client, or an image of your own built from one.", forms...))
	properties := o["properties"].(node)
	properties["name"] = plainOr("Its host name.", node{"type": plainTypes(), "pattern": legalName.String(), "maxLength": longestName})
	properties["ports"] = listOf("Ports published on this host.", "port")
	return o
}

// nameForms are the names of a class, and the same as images of the original.
func nameForms(cards []personality.Card, class ferry.Class) []node {
	known := names(cards, class)
	if len(known) == 0 {
		return nil
	}
	escaped := make([]string, len(known))
	for i, n := range known {
		escaped[i] = regexp.QuoteMeta(n)
	}
	return []node{{"enum": known}, {"type": "string", "pattern": "^ferry/(" + strings.Join(escaped, "|") + ")$"}}
}

// optionSchemas tell an editor which options a personality knows. They refuse
// nothing: a layer may know more.
func optionSchemas(cards []personality.Card, class ferry.Class) []node {
	var out []node
	for _, c := range cards {
		if c.Class != class || len(c.Args)+len(c.Config) == 0 {
			continue
		}
		is := node{"properties": node{"personality": node{"enum": names([]personality.Card{c}, class)}}}
		then := node{}
		for key, options := range map[string]map[string]string{"args": c.Args, "config": c.Config} {
			if len(options) > 0 {
				then[key] = node{"properties": described(options)}
			}
		}
		out = append(out, node{"if": is, "then": node{"properties": then}})
	}
	return out
}

func described(options map[string]string) node {
	out := node{}
	for _, key := range slices.Sorted(maps.Keys(options)) {
		out[key] = node{"description": options[key]}
	}
	return out
}

func resourcesSchema() node {
	return object("Bounds of one node.", node{
		"memory": plainOr("Bytes, or a size such as 512MiB or 2g.", node{"type": "number", "minimum": leastMemory}, matching(size)),
		"cpus":   plainOr("Cores; 0.5 is half of one.", node{"type": "number", "exclusiveMinimum": 0}, matching(decimal)),
	}).orNothing()
}

var countForm = regexp.MustCompile(`^([1-9][0-9]*|>=\s*[1-9][0-9]*|>\s*[0-9]+)$`)

func countSchema() node {
	return plainOr("How many; \">=2\" is asked.", node{"type": "integer", "minimum": 1, "maximum": mostInstances}, matching(countForm))
}

func portSchema() node {
	return plainOr("container, host:container or address:host:container; @node after it means a certain node.",
		node{"type": "integer", "minimum": 1, "maximum": 65535}, matching(portForm))
}
