package search

import (
	"bufio"
	"os"
	"slices"
	"strings"
	"testing"
)

// medicines reads testdata/medicines.txt.
func medicines(t testing.TB) []Document {
	t.Helper()
	f, err := os.Open("testdata/medicines.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var docs []Document
	for s := bufio.NewScanner(f); s.Scan(); {
		kind, rest, _ := strings.Cut(s.Text(), " ")
		list := strings.Split(rest, " | ")
		switch kind {
		case "=":
			docs = append(docs, Document{Names: list})
		case "also":
			docs[len(docs)-1].Synonyms = list
		case "brands":
			docs[len(docs)-1].Brands = list
		case "keys":
			docs[len(docs)-1].Codes, docs[len(docs)-1].Topics = list[:1], list[1:]
		case "-":
			d := &docs[len(docs)-1]
			d.Items = append(d.Items, Item{Words: slices.Delete(slices.Clone(list), 1, 2), Pack: list[1]})
		}
	}
	if len(docs) < 100 {
		t.Fatalf("only %d medicines", len(docs))
	}
	return docs
}

func indexOf(docs []Document) *Index {
	return NewIndex(len(docs), nil, func(i int) Document { return docs[i] })
}

func TestVectors(t *testing.T) {
	type vector struct {
		line          int
		query, target string
		want          string
	}
	text, err := os.ReadFile("testdata/vectors.tsv")
	if err != nil {
		t.Fatal(err)
	}
	docs := medicines(t)
	place := map[string]int{}
	for i, d := range docs {
		place[d.Names[0]] = i
	}
	var vectors []vector
	count := map[string]int{}
	for i, line := range strings.Split(string(text), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != 3 || f[2] != "must" && f[2] != "ask" && f[2] != "mustnot" {
			t.Fatalf("line %d: %q", i+1, line)
		}
		v := vector{i + 1, f[0], f[1], f[2]}
		count[v.want]++
		if _, ok := place[v.target]; !ok {
			place[v.target] = len(docs)
			docs = append(docs, Document{Names: []string{v.target}})
		}
		vectors = append(vectors, v)
	}
	if count["must"] < 170 || count["mustnot"] < 60 {
		t.Errorf("only %v", count)
	}
	t.Log(count)

	x := indexOf(docs)
	for _, v := range vectors {
		r := x.Search(v.query)
		at := slices.IndexFunc(r.Hits, func(h Hit) bool { return h.Doc == place[v.target] })
		switch {
		case v.want == "ask":
			if len(r.Hits) > 0 || len(r.Suggestions) == 0 || r.Suggestions[0].Doc != place[v.target] {
				t.Errorf("line %d: %q does not ask for %q: %s", v.line, v.query, v.target, outline(docs, r))
			}
		case v.want == "must" && at < 0:
			t.Errorf("line %d: %q does not find %q: %s", v.line, v.query, v.target, outline(docs, r))
		case v.want == "must" && at > 0 && !tied(docs, r, at):
			t.Errorf("line %d: %q finds %q after %s", v.line, v.query, v.target, outline(docs, r))
		case v.want == "mustnot" && at >= 0:
			t.Errorf("line %d: %q finds %q: %s", v.line, v.query, v.target, outline(docs, r))
		}
	}
}

// tied reports whether hit n is as good as the first, because several targets
// fold to the same name.
func tied(docs []Document, r Result, n int) bool {
	first, hit := docs[r.Hits[0].Doc], docs[r.Hits[n].Doc]
	return r.Hits[n].Rank == r.Hits[0].Rank && Fold(hit.Names[0]) == Fold(first.Names[0])
}

// outline returns a summary of a result.
func outline(docs []Document, r Result) string {
	var b strings.Builder
	for i, h := range r.Hits {
		if i == 4 {
			b.WriteString("…")
			break
		}
		b.WriteString("[" + docs[h.Doc].Names[0] + " rank " + string('0'+rune(h.Rank)) + " by " + h.Name + "] ")
	}
	for _, s := range r.Suggestions {
		b.WriteString("(" + s.Text + "? " + s.Query + ") ")
	}
	if b.Len() == 0 {
		return "nothing"
	}
	return b.String()
}
