package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"pharmacy/data"
	"pharmacy/internal/catalogue/catfile"
	"pharmacy/internal/catalogue/sheet"
)

// separators maps the values of --separator to separators.
var separators = map[string]byte{"comma": ',', "semicolon": ';', "tab": '\t'}

func newExport(a *app) *cobra.Command {
	var output, separator, format string
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write the catalogue as a table for a spreadsheet",
		Long: `Write the catalogue as a table with a row for each variant and all data of its
medicine. "pharmacy import" reads it back without loss.

The table is a workbook if the name of --output ends in .xlsx, and text (CSV,
UTF-8) otherwise; --format decides. In a workbook, prices and amounts are numbers
and everything else is text, so that a spreadsheet changes no id or date.

The text begins with a byte order mark, so that Excel detects UTF-8. Where Excel
expects semicolons, as it does in Turkish, use --separator.

A cell of it that a spreadsheet would read as a formula, because it begins with
= + - or @, is prefixed with an apostrophe, which import removes.`,
		Example: `  pharmacy export --output medicines.csv
  pharmacy export --output medicines.xlsx
  pharmacy export --catalogue medicines.json --separator semicolon >medicines.csv`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.config()
			if err != nil {
				return err
			}
			sep, known := separators[separator]
			if !known {
				return fmt.Errorf("export: unknown --separator %q: use comma, semicolon or tab", separator)
			}
			if format == "" {
				format = "csv"
				if strings.EqualFold(filepath.Ext(output), ".xlsx") {
					format = "xlsx"
				}
			}
			if format != "csv" && format != "xlsx" {
				return fmt.Errorf("export: unknown --format %q: use csv or xlsx", format)
			}
			if format == "xlsx" && cmd.Flags().Changed("separator") {
				return errors.New("export: --separator is for text: a workbook has none")
			}
			if sameFile(output, c.Catalogue) {
				return errors.New("export: --output is the catalogue file: give another one")
			}
			content, name := data.Medicines, "the embedded catalogue"
			if c.Catalogue != "" {
				name = c.Catalogue
				if content, err = readFile(cmd.Context(), c.Catalogue); err != nil {
					return failed("export: %w", err)
				}
			}
			parsed, _, err := catfile.Parse(content)
			if err != nil {
				return failed("export: %s:%w", name, err)
			}
			var table []byte
			if format == "xlsx" {
				if table, err = sheet.WriteWorkbook(parsed); err != nil {
					return failed("export: %s: %w", name, err)
				}
			} else {
				table = sheet.Write(parsed, sep)
			}
			if err := a.writeOutput(cmd.Context(), output, table); err != nil {
				return failed("export: %w", err)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&output, "output", "", "file to write (default standard output)")
	cmd.Flags().StringVar(&format, "format", "", "csv or xlsx (default by the name of --output)")
	cmd.Flags().StringVar(&separator, "separator", "comma", "between cells: comma, semicolon or tab")
	return cmd
}

// sameFile reports whether two paths name the same existing file.
func sameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}
