package app

import (
	"encoding/json"
	"strconv"

	"github.com/ferry-project/ferry/internal/app/tree"
)

// Data returns the document as encoding/json would, for a JSON Schema validator.
func (d *Document) Data() any { return data(d.root) }

func data(v *tree.Value) any {
	switch v.Kind {
	case tree.Mapping:
		m := map[string]any{}
		for _, p := range v.Pairs {
			m[p.Key] = data(p.Value)
		}
		return m
	case tree.List:
		items := []any{}
		for _, i := range v.Items {
			items = append(items, data(i))
		}
		return items
	}
	switch {
	case v.Tag == "!!null":
		return nil
	case v.Tag == "!!bool" && (v.Text == "true" || v.Text == "false"):
		return v.Text == "true"
	case v.Tag == "!!int":
		if n, err := strconv.ParseInt(v.Text, 0, 64); err == nil {
			return json.Number(strconv.FormatInt(n, 10))
		}
	case v.Tag == "!!float" && json.Valid([]byte(v.Text)):
		return json.Number(v.Text)
	}
	return v.Text
}

// Keys returns the keys the decoder knows, by the schema's definition of the block.
func Keys() map[string][]string {
	return map[string][]string{
		"": rootKeys, "backend": backendKeys, "storage": serviceKeys, "compute": serviceKeys,
		"connector": connectorKeys, "question": questionKeys, "resources": resourceKeys,
	}
}
