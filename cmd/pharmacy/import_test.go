package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// An error is listed however many warnings there are.
func TestImportListsErrorsFirst(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	table := filepath.Join(dir, "table.csv")
	var b strings.Builder
	b.WriteString("id;group;name;strength;price\n")
	for i := range 2 * maxFaultsShown {
		fmt.Fprintf(&b, "v%d;g;G;%d,000 mg;1\n", i, i+1)
	}
	b.WriteString("last;g;G;500 mg;one\n")
	write(t, table, b.String())
	o := pharmacy(t, nil, "import", "--output", filepath.Join(dir, "new.json"), table).exits(exitFailed)
	if first, _, _ := strings.Cut(o.stderr, "\n"); first != fmt.Sprintf(`error: %s: row %d, price: "one": not a number such as 2.40`, table, 2*maxFaultsShown+2) {
		t.Errorf("first line %q", first)
	}
	if !strings.HasSuffix(o.stderr, "has 1 fault; nothing was written\n") {
		t.Errorf("%.300s", o.stderr[len(o.stderr)-300:])
	}
}
