package app

import (
	"encoding/json"
	"strconv"
)

// Data gives the document as encoding/json would, for a JSON Schema validator.
func (d *Document) Data() any { return d.root.data() }

func (v *value) data() any {
	switch v.kind {
	case mapping:
		m := map[string]any{}
		for _, p := range v.pairs {
			m[p.key] = p.value.data()
		}
		return m
	case list:
		items := []any{}
		for _, i := range v.items {
			items = append(items, i.data())
		}
		return items
	}
	switch {
	case v.tag == "!!null":
		return nil
	case v.tag == "!!bool" && (v.text == "true" || v.text == "false"):
		return v.text == "true"
	case v.tag == "!!int":
		if n, err := strconv.ParseInt(v.text, 0, 64); err == nil {
			return json.Number(strconv.FormatInt(n, 10))
		}
	case v.tag == "!!float" && json.Valid([]byte(v.text)):
		return json.Number(v.text)
	}
	return v.text
}

// Keys gives the keys the decoder knows, by the schema's definition of the block.
func Keys() map[string][]string {
	return map[string][]string{
		"": rootKeys, "backend": backendKeys, "storage": serviceKeys, "compute": serviceKeys,
		"connector": connectorKeys, "question": questionKeys, "resources": resourceKeys,
	}
}
