// Package static embeds the style sheet, the script, the icons and the fonts.
package static

import "embed"

//go:embed css js fonts icons.svg favicon.svg
var FS embed.FS
