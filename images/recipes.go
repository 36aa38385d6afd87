// Package recipes holds what goes into Ferry's containers: one folder per image,
// each with a Dockerfile. README.md beside it describes the format.
package recipes

import "embed"

// FS holds the recipes' folders.
//
//go:embed all:*
var FS embed.FS
