// Package templates embeds the page templates.
package templates

import "embed"

//go:embed base.html partials pages fragments
var FS embed.FS
