package run

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"

	"github.com/ferry-project/ferry"
)

// EncodePlan packs a plan into the value of ferry.LabelPlan: JSON, gzip, base64.
// Equal plans give equal texts.
func EncodePlan(p *ferry.Plan) (string, error) {
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return "", fmt.Errorf("pack plan: %w", err)
	}
	if err := json.NewEncoder(z).Encode(p); err != nil {
		return "", fmt.Errorf("encode plan of %s: %w", p.Stack, err)
	}
	if err := z.Close(); err != nil {
		return "", fmt.Errorf("pack plan of %s: %w", p.Stack, err)
	}
	return base64.StdEncoding.EncodeToString(packed.Bytes()), nil
}

// planLimit keeps a label that somebody else wrote from filling the memory.
const planLimit = 64 << 20

// DecodePlan reads what EncodePlan has written. It fails on anything else, and
// on a plan of more than 64 MiB.
func DecodePlan(label string) (*ferry.Plan, error) {
	packed, err := base64.StdEncoding.DecodeString(label)
	if err != nil {
		return nil, fmt.Errorf("decode plan label: %w", err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("unpack plan label: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(z, planLimit+1))
	if err != nil {
		return nil, fmt.Errorf("unpack plan label: %w", err)
	}
	if len(text) > planLimit {
		return nil, fmt.Errorf("unpack plan label: more than %d bytes", planLimit)
	}
	var p ferry.Plan
	if err := json.Unmarshal(text, &p); err != nil {
		return nil, fmt.Errorf("read plan label: %w", err)
	}
	return &p, nil
}

// stackLabels are on everything a walk makes.
func (k *walk) stackLabels(host string) map[string]string {
	labels := map[string]string{
		ferry.LabelFerry: k.Version,
		ferry.LabelHome:  k.Home,
		ferry.LabelStack: k.graph.Plan.Stack,
		ferry.LabelHost:  host,
	}
	if k.graph.Job != "" {
		labels[ferry.LabelJob] = k.graph.Job
	}
	return labels
}

// nodeLabels are on a node and its volumes.
func (k *walk) nodeLabels(n ferry.Node) map[string]string {
	labels := k.stackLabels(n.Host)
	maps.Copy(labels, map[string]string{ferry.LabelService: n.Service, ferry.LabelNode: n.Name})
	return labels
}

// volumeLabels are those of its node. The stack's first volume holds the plan too:
// an engine forgets the network of a stopped stack when it is tidied up.
func (k *walk) volumeLabels(n ferry.Node, name string) (map[string]string, error) {
	labels := k.nodeLabels(n)
	if name != firstVolume(k.graph.Plan) {
		return labels, nil
	}
	plan, err := EncodePlan(k.graph.Plan)
	labels[ferry.LabelPlan] = plan
	return labels, err
}

// VolumeLabels returns the labels of a node's volume, for who makes it in another way.
func (w *Walker) VolumeLabels(g Graph, n ferry.Node, name string) (map[string]string, error) {
	return (&walk{Walker: w, graph: g}).volumeLabels(n, name)
}

func firstVolume(p *ferry.Plan) string {
	for _, n := range p.Nodes {
		for _, v := range n.Volumes {
			return n.VolumeName(v)
		}
	}
	return ""
}

// networkLabels hold the plan too, so that a lost record can be rebuilt.
func (k *walk) networkLabels(host string) (map[string]string, error) {
	labels := k.stackLabels(host)
	plan, err := EncodePlan(k.graph.Plan)
	labels[ferry.LabelPlan] = plan
	return labels, err
}
