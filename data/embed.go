// Package data holds the demonstration catalogue.
package data

import _ "embed"

//go:generate go run ./generate

// Medicines is the demonstration catalogue in the format of the catalogue
// file. Its prices and expiry dates are invented.
//
//go:embed medicines.json
var Medicines []byte
