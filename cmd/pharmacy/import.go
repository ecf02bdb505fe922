package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/catalogue/catfile"
	"pharmacy/internal/catalogue/sheet"
)

func newImport(a *app) *cobra.Command {
	var output, decimal string
	var file tableFile
	var dryRun, allowDuplicates, restore bool
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
advanced, so that a fleet takes the new file.

The file that is replaced is kept beside the new one, with ".previous" after its
name. The way back is --restore, which replaces the catalogue file with that one
or, with an argument, with any older catalogue file, and lists what changes. It
sets "updated" to a later time than that of the wrong catalogue, and with
REDIS_URL than that of the fleet, so that every server takes the restored one.
What it replaces is kept in turn: a second --restore takes the first one back.`,
		Example: `  pharmacy import --catalogue medicines.json prices.csv
  pharmacy import --catalogue medicines.json --dry-run prices.csv
  pharmacy import --catalogue medicines.json --sheet Prices medicines.xlsx
  pharmacy import --catalogue medicines.json --decimal=comma fiyatlar.csv
  pharmacy import --output medicines.json medicines.csv
  pharmacy import --catalogue medicines.json --restore
  pharmacy import --catalogue medicines.json --restore --dry-run monday.json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if restore {
				return checkRestore(cmd, args)
			}
			if len(args) != 1 {
				return errors.New("import: exactly one table is required")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
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
			} else if _, err := catfile.Previous(to); err != nil {
				return failed("import: --output: %w", err) // before reading a device as a catalogue
			}
			if to == "" {
				return errors.New("import: no catalogue file to write: give --catalogue or --output (the embedded catalogue cannot be changed)")
			}
			if from == "" {
				from = to
			}
			if restore {
				err = a.restore(cmd.Context(), c, strings.Join(args, ""), from, to, dryRun)
			} else {
				o := sheet.Options{Notation: notation, Forms: forms(), Units: units(), AllowDuplicates: allowDuplicates}
				file.name = args[0]
				err = a.importTable(cmd.Context(), c, file, from, to, o, dryRun)
			}
			if err != nil {
				return failed("import: %w", err)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&output, "output", "", "catalogue file to write (default that of --catalogue)")
	cmd.Flags().StringVar(&decimal, "decimal", "", "sign before the decimals of the table's numbers: point or comma (default from each column)")
	cmd.Flags().BoolVar(&allowDuplicates, "allow-duplicates", false, "add variants, groups and categories that seem to be in the catalogue under another id")
	cmd.Flags().StringVar(&file.sheet, "sheet", "", "sheet of a workbook (default the first visible one)")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "print all changes and faults without writing anything")
	cmd.Flags().BoolVar(&restore, "restore", false, "take back the catalogue that the last import replaced, or the given catalogue file")
	return cmd
}

// maxChangesShown bounds the printed list of changes, without --dry-run.
const maxChangesShown = 100

// tableFile is a file with a table and, of a workbook, the name of its sheet.
type tableFile struct{ name, sheet string }

// importTable merges a table into the catalogue from, writes it to the file to,
// and prints the changes.
func (a *app) importTable(ctx context.Context, c *config, file tableFile, from, to string, o sheet.Options, dryRun bool) error {
	name := file.name
	base, err := a.baseCatalogue(ctx, from)
	if err != nil {
		return err
	}
	table, err := readInput(ctx, name)
	if err != nil {
		return err
	}
	parsed, err := sheet.Parse(table, file.sheet)
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
	lines := make([]string, len(faults))
	for i, f := range faults {
		if f.Severity == catfile.Error {
			wrong++
		}
		lines[i] = fmt.Sprintf("%s: %s: %s", f.Severity, name, f)
	}
	list(a.stderr, lines, maxFaultsShown, dryRun)
	if merged == nil {
		return fmt.Errorf("%s has %s; nothing was written", name, count(int64(wrong), "fault"))
	}

	changes, left := sheet.Changes(base, merged)
	list(a.stdout, changeLines(changes), maxChangesShown, dryRun)
	added, changed := tally(changes)
	fmt.Fprintf(a.stdout, "Added %s; changed %s; left %s.\n", kinds(added), kinds(changed), kinds(left))
	if len(changes) == 0 && base.Currency == merged.Currency && from == to {
		fmt.Fprintf(a.stdout, "Nothing changed: %s was not written.\n", to)
		return nil
	}
	if merged.Updated, err = a.nextUpdated(ctx, c, from, to, base.Updated); err != nil {
		return err
	}
	content, err := catfile.File(merged)
	if err != nil {
		return err
	}
	return a.replaceCatalogue(ctx, to, content, merged.Updated, dryRun)
}

// baseCatalogue reads the catalogue that a table is merged into. It returns an
// empty one if the file does not exist, and an error if it has faults.
func (a *app) baseCatalogue(ctx context.Context, path string) (*catalogue.Catalogue, error) {
	content, err := readFile(ctx, path)
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
	for _, kind := range []struct{ one, many string }{{"currency", "currencies"}, {"category", "categories"}, {"group", "groups"}, {"variant", "variants"}} {
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
