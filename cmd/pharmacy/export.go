package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"pharmacy/data"
	"pharmacy/internal/catalogue/catfile"
	"pharmacy/internal/catalogue/sheet"
)

// separators of a table by the names that a flag gives them.
var separators = map[string]byte{"comma": ',', "semicolon": ';', "tab": '\t'}

func newExport(a *app) *cobra.Command {
	var output, separator string
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write the catalogue as a table for a spreadsheet",
		Long: `Write the catalogue as a table (CSV, UTF-8): a row for each variant, with all
that is known of its medicine. "pharmacy import" reads it back without loss.

The file begins with a byte order mark, so that Excel reads its letters right.
Where Excel expects semicolons, as it does in Turkish, use --separator.

A cell that a spreadsheet would take for a formula, since it begins with
= + - or @, gets an apostrophe in front, which import takes off again.`,
		Example: `  pharmacy export --output medicines.csv
  pharmacy export --catalogue medicines.json --separator semicolon >medicines.csv`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			c, err := a.config()
			if err != nil {
				return err
			}
			sep, known := separators[separator]
			if !known {
				return fmt.Errorf("export: --separator %s: write comma, semicolon or tab", separator)
			}
			if sameFile(output, c.Catalogue) {
				return errors.New("export: --output is the catalogue itself: give another file")
			}
			content, name := data.Medicines, "the embedded catalogue"
			if c.Catalogue != "" {
				name = c.Catalogue
				if content, err = os.ReadFile(c.Catalogue); err != nil {
					return failed("export: %w", err)
				}
			}
			parsed, _, err := catfile.Parse(content)
			if err != nil {
				return failed("export: %s:%w", name, err)
			}
			table := sheet.Write(parsed, sep)
			if output == "" {
				_, err = a.stdout.Write(table)
			} else {
				err = os.WriteFile(output, table, 0o644)
			}
			if err != nil {
				return failed("export: %w", err)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&output, "output", "", "file to write (default standard output)")
	cmd.Flags().StringVar(&separator, "separator", "comma", "between cells: comma, semicolon or tab")
	return cmd
}

// sameFile reports whether two paths lead to one file that exists.
func sameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}
