package main

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"pharmacy/data"
)

// What a file was taken for is said, unless it is UTF-8.
func TestImportSaysWhatItRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		write(t, path, content)
		return path
	}
	encoded := func(text string, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	workbook, err := os.ReadFile(filepath.Join("..", "..", "internal", "catalogue", "sheet", "testdata", "libreoffice.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	const turkish, persian = "id,group,name_tr\na,g,Ağrı kesici şurup\n", "id,group,name_fa\na,g,شربت سينه\n"
	const wrong = `: if letters are wrong, save it as "CSV UTF-8"`
	for _, test := range []struct{ name, path, note, holds string }{
		{"UTF-8", file("utf8.csv", turkish), "", "Ağrı kesici şurup"},
		{"Turkish", file("1254.csv", encoded(charmap.Windows1254.NewEncoder().String(turkish))), "windows-1254 (Turkish) text" + wrong, "Ağrı kesici şurup"},
		{"Persian", file("1256.csv", encoded(charmap.Windows1256.NewEncoder().String(persian))), "windows-1256 (Arabic, Persian) text" + wrong, "شربت سينه"},
		{"UTF-16", file("utf16.txt", encoded(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(strings.ReplaceAll(persian, ",", "\t")))), "UTF-16 text", "شربت سينه"},
		{"UTF-16 without a mark", file("bare16.txt", encoded(unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewEncoder().String(turkish))), "UTF-16 text" + wrong, "Ağrı kesici şurup"},
		{"workbook", file("libreoffice.xlsx", string(workbook)), `workbook, sheet "Prices" (others: "Notes", "Faults", "Merged")`, `"expiry":"2028-06-30"`},
	} {
		out := filepath.Join(dir, test.name+".json")
		note := ""
		if test.note != "" {
			note = fmt.Sprintf("note: %s: read as %s\n", test.path, test.note)
		}
		if o := pharmacy(t, nil, "import", "--output", out, test.path).exits(0); o.stderr != note {
			t.Errorf("%s: %q, want %q", test.name, o.stderr, note)
		}
		if got, err := os.ReadFile(out); err != nil || !strings.Contains(string(got), test.holds) {
			t.Errorf("%s: %v, no %q in\n%s", test.name, err, test.holds, got)
		}
	}
	pharmacy(t, nil, "import", "--output", filepath.Join(dir, "faults.json"), "--sheet", "faults", filepath.Join(dir, "libreoffice.xlsx")).exits(1).
		complains(`^error: \S+libreoffice\.xlsx: row 2, expiry: "0\.5, shown as a time or date": `)
}

// calc is LibreOffice Calc without a window.
type calc struct{ profile string }

// newCalc starts the program once, so that it writes its profile, and converts
// a text with commas to a workbook.
func newCalc(t *testing.T, text, workbook string) calc {
	t.Helper()
	c := calc{profile: t.TempDir()}
	// A comma, quotes, UTF-8, from row 1, English, and no numbers in quotes.
	c.run(t, "--infilter=Text - txt - csv (StarCalc):44,34,76,1,,1033,false,false", "--convert-to", "xlsx", "--outdir", filepath.Dir(workbook), text)
	if _, err := os.Stat(workbook); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c calc) run(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "soffice", append([]string{"-env:UserInstallation=" + fileURL(c.profile), "--headless", "--norestore"}, args...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("soffice %v (make soak installs it): %v\n%s", args, err, out)
	}
}

func fileURL(path string) string { return (&url.URL{Scheme: "file", Path: path}).String() }

// typeCells is a program for LibreOffice that types into cells, as a person does:
// what is typed becomes a date, a number or a text as the cell's format has it.
const typeCells = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1" script:language="StarBasic">
Function Prop(key As String, value)
  Dim p As New com.sun.star.beans.PropertyValue
  p.Name = key
  p.Value = value
  Prop = p
End Function

Sub TypeCells(source As String, target As String, edits As String)
  Dim doc, dispatcher, list, i
  doc = StarDesktop.loadComponentFromURL(source, "_blank", 0, Array(Prop("Hidden", True)))
  dispatcher = createUnoService("com.sun.star.frame.DispatchHelper")
  list = Split(edits, "|")
  For i = 0 To UBound(list) - 1 Step 2
    dispatcher.executeDispatch(doc.CurrentController.Frame, ".uno:GoToCell", "", 0, Array(Prop("ToPoint", list(i))))
    dispatcher.executeDispatch(doc.CurrentController.Frame, ".uno:EnterString", "", 0, Array(Prop("StringName", list(i + 1))))
  Next
  doc.storeToURL(target, Array(Prop("FilterName", "Calc MS Excel 2007 XML")))
  doc.close(True)
End Sub
</script:module>
`

// edit types into cells of a workbook and saves it as another. edits are pairs
// of a cell and what to type.
func (c calc) edit(t *testing.T, from, to string, edits ...string) {
	t.Helper()
	write(t, filepath.Join(c.profile, "user", "basic", "Standard", "Module1.xba"), typeCells)
	quoted := strings.ReplaceAll(strings.Join(edits, "|"), `"`, `""`)
	c.run(t, fmt.Sprintf(`macro:///Standard.Module1.TypeCells("%s","%s","%s")`, fileURL(from), fileURL(to), quoted))
	if _, err := os.Stat(to); err != nil {
		t.Fatal(err)
	}
}

// A table goes to a real spreadsheet program and comes back: unchanged, then with
// what was typed there and nothing else, then unchanged again.
func TestSpreadsheetProgram(t *testing.T) {
	if testing.Short() {
		t.Skip("starts LibreOffice")
	}
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	write(t, at("medicines.json"), string(data.Medicines))
	catalogue := []string{"CATALOGUE=" + at("medicines.json")}
	unchanged := func(table string) {
		t.Helper()
		pharmacy(t, catalogue, "import", at(table)).exits(0).says(`^Nothing changed: `)
	}

	pharmacy(t, catalogue, "export", "--output", at("text.csv")).exits(0)
	pharmacy(t, catalogue, "export", "--output", at("book.xlsx")).exits(0)
	program := newCalc(t, at("text.csv"), at("text.xlsx"))
	unchanged("text.xlsx")
	program.edit(t, at("book.xlsx"), at("saved.xlsx"))
	unchanged("saved.xlsx")

	// The cells that the edits are in, found by the row of a variant.
	lines := strings.Split(pharmacy(t, catalogue, "export").exits(0).stdout, "\r\n")
	heads := strings.Split(strings.TrimPrefix(lines[0], "\ufeff"), ",")
	cell := func(variant, head string) string {
		t.Helper()
		for row, line := range lines {
			for column, h := range heads {
				if h == head && strings.HasPrefix(line, variant+",") {
					return fmt.Sprintf("%c%d", 'A'+column, row+1)
				}
			}
		}
		t.Fatalf("no %s of %s", head, variant)
		return ""
	}
	const one, two = "paracetamol-tablet-500mg-20", "ibuprofen-tablet-400mg-20"
	for _, test := range []struct {
		from  string
		edits []string
		want  []string
	}{
		// Cells of a text have no format: what looks like a date becomes one.
		{"text.xlsx", []string{
			cell(one, "price"), "7.35", cell(one, "expiry"), "2031-05-30", cell(one, "brand"), "=\"Pan\"&\"adol\"",
			cell(two, "price"), "=2*1.15", cell(two, "strength"), "5%", cell(two, "pack_amount"), "30", cell(two, "expiry"), "2031-07",
		}, []string{
			`^changed  variant ` + one + `: brand \S+ → "Panadol", price \S+ → "7\.35", expiry \S+ → "2031-05-30"$`,
			`^changed  variant ` + two + `: strength "400 mg" → "5 %", pack_amount "20" → "30", price \S+ → "2\.30", expiry \S+ → "2031-07"$`,
		}},
		// Those of a written workbook are texts: what is typed is kept.
		{"book.xlsx", []string{
			cell(one, "price"), "8.05", cell(one, "expiry"), "2032-05", cell(one, "brand"), "000123", cell(one, "manufacturer"), "1-2",
			cell(two, "strength"), "2,5 mg", cell(two, "manufacturer"), "MAR1", cell(two, "brand"), "=1+1",
		}, []string{
			`^changed  variant ` + one + `: brand \S+ → "000123", price \S+ → "8\.05", expiry \S+ → "2032-05", manufacturer \S+ → "1-2"$`,
			`^changed  variant ` + two + `: brand \S+ → "=1\+1", strength "400 mg" → "2\.5 mg", manufacturer \S+ → "MAR1"$`,
		}},
	} {
		edited := "edited-" + test.from
		program.edit(t, at(test.from), at(edited), test.edits...)
		write(t, at("medicines.json"), string(data.Medicines))
		o := pharmacy(t, catalogue, "import", at(edited)).exits(0)
		for _, want := range test.want {
			o.says(want)
		}
		o.says(`^Added nothing; changed 2 variants; left `)
		unchanged(edited)
		program.edit(t, at(edited), at("again-"+test.from))
		unchanged("again-" + test.from)
	}
}
