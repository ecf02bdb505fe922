package assets

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// sheets rewrites the references in style sheets. A sheet is hashed after
// rewriting, so that a new font changes the sheet's URL as well.
type sheets struct {
	contents map[string][]byte
	done     map[string]bool
}

// cssTokens matches url(…), and comments and strings in order to skip them. An
// @import must use url(…), since its plain string would be skipped.
var cssTokens = regexp.MustCompile(`(?is)/\*.*?\*/|@import\s*["']|url\(\s*("[^"]*"|'[^']*'|[^"'()\s]*)\s*\)|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'`)

// rewrite rewrites a sheet, after the sheets that it imports. reached is the
// chain of importing sheets, to detect cycles.
func (s sheets) rewrite(name string, reached []string) error {
	if path.Ext(name) != ".css" || s.done[name] {
		return nil
	}
	if slices.Contains(reached, name) {
		return fmt.Errorf("%s: style sheets import each other: %s", reached[0], strings.Join(append(reached, name), ", "))
	}
	var fault error
	out := cssTokens.ReplaceAllFunc(s.contents[name], func(token []byte) []byte {
		if fault != nil {
			return token
		}
		switch lower := strings.ToLower(string(token[:min(4, len(token))])); {
		case strings.HasPrefix(lower, "@"):
			fault = fmt.Errorf("%s: write @import url(…)", name)
		case lower == "url(":
			ref := strings.TrimSpace(string(token[4 : len(token)-1]))
			var address string
			if address, fault = s.resolve(name, strings.Trim(ref, `"'`), append(reached, name)); fault == nil && address != "" {
				return []byte(`url("` + address + `")`)
			}
		}
		return token
	})
	if fault != nil {
		return fault
	}
	s.contents[name] = out
	s.done[name] = true
	return nil
}

// resolve returns the URL of a reference in a sheet, or "" if the reference is a
// fragment or a data URL.
func (s sheets) resolve(sheet, ref string, reached []string) (string, error) {
	if strings.HasPrefix(ref, "#") || strings.HasPrefix(strings.ToLower(ref), "data:") {
		return "", nil
	}
	plain, fragment := ref, ""
	if i := strings.IndexAny(ref, "?#"); i >= 0 {
		plain, fragment = ref[:i], ref[i:]
	}
	if strings.HasPrefix(plain, "/") || strings.Contains(plain, ":") {
		return "", fmt.Errorf("%s: url(%s) is not relative", sheet, ref)
	}
	target := path.Join(path.Dir(sheet), plain)
	if _, ok := s.contents[target]; !ok || plain == "" {
		return "", fmt.Errorf("%s: url(%s): there is no file %s", sheet, ref, target)
	}
	if err := s.rewrite(target, reached); err != nil {
		return "", err
	}
	return address(target, s.contents[target]) + fragment, nil
}
