// Package data holds the demonstration catalogue and the names of known
// substances.
package data

import _ "embed"

//go:generate go run ./generate

// Medicines is the demonstration catalogue in the format of the catalogue
// file. Its prices and expiry dates are invented.
//
//go:embed medicines.json
var Medicines []byte

//go:embed substances.tsv
var substances string
