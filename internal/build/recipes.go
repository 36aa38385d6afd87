// Package build makes the images that stacks run on from the recipes in
// images/: it names them by their content, builds what an engine lacks, parents
// first and each once, and builds users' own connectors on top.
package build

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// ours is the name space of Ferry's images.
const ours = "ferry/"

// Recipes are the images that can be built.
type Recipes struct {
	byName map[string]*recipe
}

type recipe struct {
	name       string
	dockerfile dockerfile
	files      []file
	ref        string
}

// Load reads every folder of f that has a Dockerfile, and checks that parents
// are there, that none is its own ancestor, and that nothing is shipped on top
// of a builder.
func Load(f fs.FS) (*Recipes, error) {
	dirs, err := fs.ReadDir(f, ".")
	if err != nil {
		return nil, fmt.Errorf("read the recipes: %w", err)
	}
	rs := &Recipes{byName: map[string]*recipe{}}
	for _, d := range dirs {
		if _, err := fs.Stat(f, path.Join(d.Name(), "Dockerfile")); err != nil {
			continue
		}
		r, err := readRecipe(f, d.Name())
		if err != nil {
			return nil, fmt.Errorf("recipe %s: %w", d.Name(), err)
		}
		rs.byName[r.name] = r
	}
	return rs, rs.link()
}

func readRecipe(f fs.FS, name string) (*recipe, error) {
	sub, err := fs.Sub(f, name)
	if err != nil {
		return nil, err
	}
	files, err := readFiles(sub)
	if err != nil {
		return nil, err
	}
	text, err := fs.ReadFile(sub, "Dockerfile")
	if err != nil {
		return nil, err
	}
	d, err := parseDockerfile(string(text))
	return &recipe{name: name, dockerfile: d, files: files}, err
}

// link sets the reference of every recipe, parents first.
func (rs *Recipes) link() error {
	for _, name := range rs.names() {
		if err := rs.resolve(rs.byName[name], nil); err != nil {
			return err
		}
	}
	for _, name := range rs.names() {
		r := rs.byName[name]
		if base := rs.byName[r.dockerfile.final().ours()]; base != nil && base.builds() && !r.builds() {
			return fmt.Errorf("recipe %s: its last stage is made of ferry/%s, which holds what this host trusts and must not be shipped",
				name, base.name)
		}
	}
	return nil
}

func (rs *Recipes) resolve(r *recipe, above []string) error {
	if i := slices.Index(above, r.name); i >= 0 {
		return fmt.Errorf("recipe %s is its own ancestor: %s", r.name, strings.Join(append(above[i:], r.name), " → "))
	}
	if r.ref != "" {
		return nil
	}
	above = append(above, r.name)
	var refs []string
	for _, p := range r.parents() {
		parent, ok := rs.byName[p]
		if !ok {
			return fmt.Errorf("recipe %s: there is no recipe %s, which it is made of", r.name, p)
		}
		if err := rs.resolve(parent, above); err != nil {
			return err
		}
		refs = append(refs, parent.ref)
	}
	r.ref = ours + r.name + ":" + digest(r.files, refs)
	return nil
}

// parents are the recipes its stages are made of, each once, by name.
func (r *recipe) parents() []string {
	var names []string
	for _, s := range r.dockerfile.stages {
		if n := s.ours(); n != "" {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// builds reports whether it is used to build others and never shipped.
func (r *recipe) builds() bool { return r.dockerfile.builder }

func (rs *Recipes) names() []string { return slices.Sorted(maps.Keys(rs.byName)) }

// Ref returns the reference of a recipe: its name, and as tag the hash of its
// files and of its parents' references.
func (rs *Recipes) Ref(recipe string) (string, bool) {
	r, ok := rs.byName[recipe]
	if !ok {
		return "", false
	}
	return r.ref, true
}

// Refs returns the references of all recipes that nodes can be made of, by name:
// all but the builders.
func (rs *Recipes) Refs() map[string]string { return rs.refs(false) }

// Builders returns the references of the recipes that only build others, by name.
func (rs *Recipes) Builders() map[string]string { return rs.refs(true) }

func (rs *Recipes) refs(builds bool) map[string]string {
	refs := map[string]string{}
	for name, r := range rs.byName {
		if r.builds() == builds {
			refs[name] = r.ref
		}
	}
	return refs
}
