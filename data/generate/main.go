// Command generate generates data/medicines.json, the demonstration catalogue,
// from the hand-written records in data/sources.
//
//	go generate ./data                  writes the catalogue
//	go run ./data/generate -check       prints every fault, writes nothing
//
// The output depends only on the sources. Names, uses, classes, codes, strengths
// and packs come from the sources; prices and expiry dates are invented.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"pharmacy/internal/catalogue/catfile"
)

func main() {
	check := flag.Bool("check", false, "print the faults of the sources and write nothing")
	dir := flag.String("dir", "", "the data directory (default: the current one, or data below it)")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "generate: unexpected argument %q\n", flag.Arg(0))
		os.Exit(2)
	}
	if err := run(*dir, *check, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// run checks the sources in dir and, unless checkOnly is true, writes the
// catalogue. It prints faults to out, one per line.
func run(dir string, checkOnly bool, out io.Writer) error {
	if dir == "" {
		dir = dataDir()
	}
	c, faults, err := readSources(filepath.Join(dir, "sources"))
	if err != nil {
		return err
	}
	for _, f := range faults {
		fmt.Fprintln(out, f)
	}
	variants := 0
	for i := range c.Groups {
		variants += len(c.Groups[i].Variants)
	}
	fmt.Fprintf(out, "%d categories, %d groups, %d variants\n", len(c.Categories), len(c.Groups), variants)
	if len(faults) > 0 {
		return fmt.Errorf("%d faults in the sources; nothing written", len(faults))
	}
	if checkOnly {
		return nil
	}
	content, err := catfile.File(c)
	if err != nil {
		return err
	}
	return catfile.WriteFile(filepath.Join(dir, "medicines.json"), content)
}

// dataDir returns the data directory. It assumes that the command runs there (go
// generate) or in the root of the module.
func dataDir() string {
	if _, err := os.Stat("sources"); err == nil {
		return "."
	}
	return "data"
}
