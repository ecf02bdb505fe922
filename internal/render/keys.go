package render

import (
	"fmt"
	"text/template/parse"
)

// checkMessages returns an error for a constant message key in a template that
// some language lacks. Missing keys that a template computes render as ⟦key⟧.
func checkMessages(defs []definition) error {
	all, err := locales()
	if err != nil {
		return err
	}
	for _, def := range defs {
		for _, cmd := range commands(def.tree.Root) {
			if len(cmd.Args) < 2 {
				continue
			}
			name, isName := cmd.Args[0].(*parse.IdentifierNode)
			key, isText := cmd.Args[1].(*parse.StringNode)
			if !isName || !isText || name.Ident != "t" {
				continue
			}
			for _, lang := range Languages() {
				if _, ok := all[lang].messages[key.Text]; !ok {
					place, _ := def.tree.ErrorContext(cmd)
					return fmt.Errorf("%s: no message %q in language %s", place, key.Text, lang)
				}
			}
		}
	}
	return nil
}

// commands returns all commands of a template, including nested ones.
func commands(node parse.Node) (found []*parse.CommandNode) {
	pipe := func(p *parse.PipeNode) {
		if p == nil {
			return
		}
		for _, cmd := range p.Cmds {
			found = append(found, cmd)
			for _, arg := range cmd.Args {
				found = append(found, commands(arg)...)
			}
		}
	}
	branch := func(b *parse.BranchNode) {
		pipe(b.Pipe)
		found = append(found, commands(b.List)...)
		if b.ElseList != nil {
			found = append(found, commands(b.ElseList)...)
		}
	}
	switch n := node.(type) {
	case *parse.ListNode:
		for _, child := range n.Nodes {
			found = append(found, commands(child)...)
		}
	case *parse.ActionNode:
		pipe(n.Pipe)
	case *parse.PipeNode:
		pipe(n)
	case *parse.IfNode:
		branch(&n.BranchNode)
	case *parse.RangeNode:
		branch(&n.BranchNode)
	case *parse.WithNode:
		branch(&n.BranchNode)
	case *parse.TemplateNode:
		pipe(n.Pipe)
	}
	return found
}
