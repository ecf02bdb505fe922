package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/catalogue/catfile"
	"pharmacy/internal/catalogue/sheet"
)

func newImport(a *app) *cobra.Command {
	var output, decimal string
	var file tableFile
	var dryRun, allowDuplicates, force bool
	var restore restoreFlag
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
What it replaces is kept in turn: a second --restore takes the first one back. For
more than that one step, copy the file with ".previous" first. Where the wrong
import was made on another server, correct the file there, too.

With REDIS_URL, a table is not merged into a file that is older than the catalogue
that the fleet serves, because that would undo what the later one changes: bring
the file up to date first. --force merges it all the same, and the fleet takes the
result. If the file changes during an import, nothing is written.`,
		Example: `  pharmacy import --catalogue medicines.json prices.csv
  pharmacy import --catalogue medicines.json --dry-run prices.csv
  pharmacy import --catalogue medicines.json --sheet Prices medicines.xlsx
  pharmacy import --catalogue medicines.json --decimal=comma fiyatlar.csv
  pharmacy import --output medicines.json medicines.csv
  pharmacy import --catalogue medicines.json --restore
  pharmacy import --catalogue medicines.json --restore --dry-run monday.json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if bool(restore) {
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
			// A reader that has seen enough, such as head, does not end the import.
			signal.Ignore(syscall.SIGPIPE)
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
			e := edit{from: from, to: to, dryRun: dryRun}
			switch {
			case !bool(restore):
				o := sheet.Options{Notation: notation, Forms: forms(), Units: units(), AllowDuplicates: allowDuplicates}
				file.name = args[0]
				err = a.importTable(cmd.Context(), c, file, e, o, force)
			case len(args) > 0:
				err = a.restore(cmd.Context(), c, args[0], e)
			default:
				err = a.restorePrevious(cmd.Context(), c, e)
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
	cmd.Flags().BoolVar(&force, "force", false, "merge into the catalogue file though the fleet serves a later one, and replace that")
	cmd.Flags().Var(&restore, "restore", "take back the catalogue that the last import replaced, or the given catalogue file")
	cmd.Flags().Lookup("restore").NoOptDefVal = "true"
	return cmd
}

// tableFile is a file with a table and, of a workbook, the name of its sheet.
type tableFile struct{ name, sheet string }

// importTable merges a table into a catalogue, writes it, and prints the changes.
func (a *app) importTable(ctx context.Context, c *config, file tableFile, e edit, o sheet.Options, force bool) error {
	name := file.name
	table, err := readInput(ctx, name)
	if err != nil {
		return err
	}
	if beginsAsJSON(table) {
		return fmt.Errorf("%s is no table but seems to be a catalogue file: --restore replaces the catalogue with it; nothing was written", name)
	}
	parsed, err := await(ctx, func() (*sheet.Table, error) { return sheet.Parse(table, file.sheet) })
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("%s: %w; nothing was written", name, err)
	} else if err != nil {
		return unwritten(ctx, err)
	}
	switch {
	case parsed.Guessed:
		fmt.Fprintf(a.stderr, "note: %s: read as %s: if letters are wrong, save it as \"CSV UTF-8\"\n", name, parsed.Source)
	case parsed.Source != sheet.UTF8:
		fmt.Fprintf(a.stderr, "note: %s: read as %s\n", name, parsed.Source)
	}

	// Only now, as the table may have been long in coming.
	if err := e.read(ctx); err != nil {
		return err
	}
	base, err := a.baseCatalogue(ctx, e)
	if err != nil {
		return err
	}
	type result struct {
		merged *catalogue.Catalogue
		faults []sheet.Fault
	}
	r, err := compute(ctx, func() (r result) {
		r.merged, r.faults = parsed.Merge(base, o)
		return r
	})
	if err != nil {
		return err
	}
	// Errors first: warnings must not push them out of the list.
	slices.SortStableFunc(r.faults, func(a, b sheet.Fault) int { return cmp.Compare(b.Severity, a.Severity) })
	wrong := 0
	lines := make([]string, len(r.faults))
	for i, f := range r.faults {
		if f.Severity == catfile.Error {
			wrong++
		}
		lines[i] = fmt.Sprintf("%s: %s: %s", f.Severity, name, f)
	}
	a.listFaults(lines, e.dryRun)
	if r.merged == nil {
		more := len(r.faults) > sheet.MaxFaults
		if more {
			wrong-- // the last one only says so
		}
		return hasFaults(name, wrong, more)
	}

	published := a.fleetUpdated(ctx, c)
	stale := e.base != nil && published.After(base.Updated)
	if stale && !force {
		return fmt.Errorf("the fleet serves a later catalogue (%s) than %s (%s), and this would undo what that one changes: "+
			"bring the file up to date first, as with a copy from the server where it was changed, or give --force to replace what the fleet serves; nothing was written",
			updatedText(published), e.from, updatedText(base.Updated))
	}
	return a.writeMerged(ctx, e, base, r.merged, published, stale)
}

// writeMerged writes what was merged into base and prints the changes. stale
// reports whether it is written even without any.
func (a *app) writeMerged(ctx context.Context, e edit, base, merged *catalogue.Catalogue, published time.Time, stale bool) error {
	type result struct {
		lines          []string
		added, changed map[string]int
		left           map[string]int
	}
	r, err := compute(ctx, func() (r result) {
		var changes []sheet.Change
		changes, r.left = sheet.Changes(base, merged)
		r.lines = changeLines(changes)
		r.added, r.changed = tally(changes)
		return r
	})
	if err != nil {
		return err
	}
	unchanged := len(r.lines) == 0 && base.Currency == merged.Currency && e.from == e.to && !stale
	lines := append(shorten(r.lines, maxChangesShown, e.dryRun),
		fmt.Sprintf("Added %s; changed %s; left %s.", kinds(r.added), kinds(r.changed), kinds(r.left)))
	if unchanged {
		fmt.Fprintf(a.stdout, "%s\nNothing changed: %s was not written.\n", strings.Join(lines, "\n"), e.to)
		return nil
	}
	if merged.Updated, err = updatedAfter(e, base.Updated, published); err != nil {
		return err
	}
	content, err := await(ctx, func() ([]byte, error) { return catfile.File(merged) })
	if err != nil {
		return unwritten(ctx, err)
	}
	return a.replace(ctx, e, content, merged.Updated, lines)
}

// baseCatalogue returns the catalogue that a table is merged into. It returns an
// empty one if the file does not exist, and an error if it has faults.
func (a *app) baseCatalogue(ctx context.Context, e edit) (*catalogue.Catalogue, error) {
	if e.base == nil {
		return new(catalogue.Catalogue), nil
	}
	var faults []catfile.Fault
	base, err := await(ctx, func() (c *catalogue.Catalogue, err error) {
		c, faults, err = catfile.ParseAt(e.base, time.Now())
		return c, err
	})
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, unwritten(ctx, err)
	case err != nil:
		return nil, fmt.Errorf("%s:%w; nothing was written", e.from, err)
	}
	for _, f := range faults {
		if f.Rule == "unknown-member" {
			fmt.Fprintf(a.stderr, "warning: %s:%s; it is not written\n", e.from, f)
		}
	}
	return base, nil
}
