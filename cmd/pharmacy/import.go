package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/catalogue/catfile"
	"pharmacy/internal/catalogue/sheet"
)

func newImport(a *app) *cobra.Command {
	var output, decimal, name string
	var dryRun, allowDuplicates bool
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Merge a spreadsheet's table into the catalogue file",
		Long: `Merge a table, such as "pharmacy export" writes, into the catalogue file.
Rows update or add variants, groups and categories by their ids. Nothing is
removed. FILE may be - for standard input.

The table is a workbook (.xlsx) or text with separators (CSV), which the content
tells. Of a workbook, the first visible sheet is read, or that of --sheet, with
dates and numbers as what they mean. Text is best in UTF-8; UTF-16, windows-1254
(Turkish) and windows-1256 (Arabic, Persian) are recognized and named in a note.

The table is merged into the file of --catalogue, or, with --output alone, into
that file, which need not exist. With both, the catalogue is read from the one
and written to the other.

The first row names the columns, in any order, in English, Persian, Turkish or
Arabic; see "pharmacy export" for all of them. Only id, which may be a barcode,
and, for a new variant, group or name are required. A field without a column is
unchanged. An empty cell removes a value of a variant, and leaves one of a group
or category unchanged. Forms, units and classes may be in any of the languages.

A new variant that seems to be one of the catalogue under another id, as a
spreadsheet makes of 000123, is an error; --allow-duplicates adds it.

Numbers may have the digits and separators of any of the site's languages. If a
number has one point or comma before exactly three digits, such as 1.250, the
rest of its column tells whether that is 1250 or 1.25, and so does a currency
with three decimals, or mg, g, ml or % after a strength. Otherwise the number is
an error, and --decimal says which sign marks decimals in the whole table.

A file of the replaced application is written in the catalogue's own format.
If the table has an error, nothing is written. The time in "updated" is
advanced, so that a fleet takes the new file.`,
		Example: `  pharmacy import --catalogue medicines.json prices.csv
  pharmacy import --catalogue medicines.json --dry-run prices.csv
  pharmacy import --catalogue medicines.json --sheet Prices medicines.xlsx
  pharmacy import --catalogue medicines.json --decimal=comma fiyatlar.csv
  pharmacy import --output medicines.json medicines.csv`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return errors.New("import: exactly one table is required")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			c, err := a.config()
			if err != nil {
				return err
			}
			var notation catalogue.Notation // unknown
			if decimal != "" {
				if notation, err = catalogue.ParseNotation(decimal); err != nil {
					return fmt.Errorf("import: --decimal: %w", err)
				}
			}
			from, to := c.Catalogue, output
			if to == "" {
				to = from
			}
			if to == "" {
				return errors.New("import: no catalogue file to write: give --catalogue or --output (the embedded catalogue cannot be changed)")
			}
			if from == "" {
				from = to
			}
			if err := a.importTable(args[0], name, from, to, sheet.Options{Notation: notation, Forms: forms(), Units: units(), AllowDuplicates: allowDuplicates}, dryRun); err != nil {
				return failed("import: %w", err)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&output, "output", "", "catalogue file to write (default that of --catalogue)")
	cmd.Flags().StringVar(&decimal, "decimal", "", "sign before the decimals of the table's numbers: point or comma (default from each column)")
	cmd.Flags().BoolVar(&allowDuplicates, "allow-duplicates", false, "add variants, groups and categories that seem to be in the catalogue under another id")
	cmd.Flags().StringVar(&name, "sheet", "", "sheet of a workbook (default the first visible one)")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "print the changes without writing them")
	return cmd
}

// maxChangesShown bounds the printed list of changes.
const maxChangesShown = 100

// importTable merges the table in the file name, of a workbook the sheet of that
// name, into the catalogue from, writes it to the file to, and prints the changes.
func (a *app) importTable(name, sheetName, from, to string, o sheet.Options, dryRun bool) error {
	base, err := a.baseCatalogue(from)
	if err != nil {
		return err
	}
	var table []byte
	if name == "-" {
		table, err = io.ReadAll(os.Stdin)
	} else {
		table, err = os.ReadFile(name)
	}
	if err != nil {
		return err
	}
	parsed, err := sheet.Parse(table, sheetName)
	if err != nil {
		return fmt.Errorf("%s: %w; nothing was written", name, err)
	}
	switch {
	case parsed.Guessed:
		fmt.Fprintf(a.stderr, "note: %s: read as %s: if letters are wrong, save it as \"CSV UTF-8\"\n", name, parsed.Source)
	case parsed.Source != sheet.UTF8:
		fmt.Fprintf(a.stderr, "note: %s: read as %s\n", name, parsed.Source)
	}
	merged, faults := parsed.Merge(base, o)
	wrong := 0
	for i, f := range faults {
		if f.Severity == catfile.Error {
			wrong++
		}
		if i < maxFaultsShown {
			fmt.Fprintf(a.stderr, "%s: %s: %s\n", f.Severity, name, f)
		}
	}
	if len(faults) > maxFaultsShown {
		fmt.Fprintf(a.stderr, "… and %d more\n", len(faults)-maxFaultsShown)
	}
	if merged == nil {
		return fmt.Errorf("%s has %s; nothing was written", name, count(int64(wrong), "fault"))
	}

	changes, left := sheet.Changes(base, merged)
	added, changed := map[string]int{}, map[string]int{}
	for i, c := range changes {
		switch {
		case i == maxChangesShown:
			fmt.Fprintf(a.stdout, "… and %d more\n", len(changes)-i)
			fallthrough
		case i > maxChangesShown:
		case c.Added:
			fmt.Fprintf(a.stdout, "added    %s %s\n", c.Kind, c.ID)
		default:
			fmt.Fprintf(a.stdout, "changed  %s %s: %s\n", c.Kind, c.ID, c.What)
		}
		if c.Added {
			added[c.Kind]++
		} else {
			changed[c.Kind]++
		}
	}
	fmt.Fprintf(a.stdout, "Added %s; changed %s; left %s.\n", kinds(added), kinds(changed), kinds(left))
	if len(changes) == 0 && base.Currency == merged.Currency && from == to {
		fmt.Fprintf(a.stdout, "Nothing changed: %s was not written.\n", to)
		return nil
	}
	// It must be later than the file it replaces, even if that is ahead of the
	// clock, which it is by at most a day.
	now := time.Now()
	merged.Updated = now.UTC().Truncate(time.Second)
	if !merged.Updated.After(base.Updated) {
		merged.Updated = base.Updated.Truncate(time.Second).Add(time.Second)
	}
	if err := catalogue.CheckUpdated(merged.Updated, now); err != nil {
		return fmt.Errorf("%s: updated: %w; nothing was written", to, err)
	}
	if dryRun {
		if _, err := catfile.File(merged); err != nil {
			return err
		}
		fmt.Fprintf(a.stdout, "Dry run: %s was not written.\n", to)
		return nil
	}
	if err := catfile.WriteFile(to, merged); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "Wrote %s, updated %s.\n", to, merged.Updated.Format(time.RFC3339))
	return nil
}

// baseCatalogue reads the catalogue that a table is merged into. It returns an
// empty one if the file does not exist, and an error if it has faults.
func (a *app) baseCatalogue(path string) (*catalogue.Catalogue, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return new(catalogue.Catalogue), nil
	}
	if err != nil {
		return nil, err
	}
	base, faults, err := catfile.ParseAt(content, time.Now())
	if err != nil {
		return nil, fmt.Errorf("%s:%w; nothing was written", path, err)
	}
	for _, f := range faults {
		if f.Rule == "unknown-member" {
			fmt.Fprintf(a.stderr, "warning: %s:%s; it is not written\n", path, f)
		}
	}
	return base, nil
}

// kinds formats counts, such as "1 category, 2 groups, 3 variants" or "nothing".
func kinds(n map[string]int) string {
	var parts []string
	for _, kind := range []struct{ one, many string }{{"category", "categories"}, {"group", "groups"}, {"variant", "variants"}} {
		switch n[kind.one] {
		case 0:
		case 1:
			parts = append(parts, "1 "+kind.one)
		default:
			parts = append(parts, fmt.Sprintf("%d %s", n[kind.one], kind.many))
		}
	}
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}
