package render

import (
	"bytes"
	"html/template"
	"text/template/parse"
)

// fold replaces the constant actions of an escaped set, such as
// {{t "nav.home"}}, with their output. The functions are pure and bound to the
// set's language, so the output is the same at every execution, and calls by
// reflection would dominate the cost of a page.
//
// fold must run after escaping, so that each action already includes its
// contextual escapers and the output is not interpreted again.
func fold(t *template.Template) error {
	for _, part := range t.Templates() {
		if part.Tree == nil || part.Tree.Root == nil {
			continue
		}
		if err := foldList(t, part.Tree.Root); err != nil {
			return err
		}
	}
	return nil
}

func foldList(t *template.Template, list *parse.ListNode) error {
	if list == nil {
		return nil
	}
	for i, node := range list.Nodes {
		var err error
		switch n := node.(type) {
		case *parse.ActionNode:
			if isConstant(n.Pipe) {
				list.Nodes[i], err = evaluate(t, n)
			}
		case *parse.IfNode:
			err = foldBranch(t, &n.BranchNode)
		case *parse.RangeNode:
			err = foldBranch(t, &n.BranchNode)
		case *parse.WithNode:
			err = foldBranch(t, &n.BranchNode)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func foldBranch(t *template.Template, b *parse.BranchNode) error {
	if err := foldList(t, b.List); err != nil {
		return err
	}
	return foldList(t, b.ElseList)
}

// isConstant reports whether a pipe consists of functions and literals only.
func isConstant(pipe *parse.PipeNode) bool {
	if len(pipe.Decl) > 0 {
		return false
	}
	for _, cmd := range pipe.Cmds {
		for _, arg := range cmd.Args {
			switch a := arg.(type) {
			case *parse.IdentifierNode, *parse.StringNode, *parse.NumberNode, *parse.BoolNode:
			case *parse.PipeNode:
				if !isConstant(a) {
					return false
				}
			default:
				return false
			}
		}
	}
	return true
}

// evaluate executes one action, which temporarily replaces the content of the
// set's template.
func evaluate(t *template.Template, action *parse.ActionNode) (*parse.TextNode, error) {
	whole := t.Tree.Root
	defer func() { t.Tree.Root = whole }()
	t.Tree.Root = &parse.ListNode{NodeType: parse.NodeList, Nodes: []parse.Node{action}}
	var b bytes.Buffer
	if err := t.Execute(&b, nil); err != nil {
		return nil, err
	}
	return &parse.TextNode{NodeType: parse.NodeText, Pos: action.Pos, Text: b.Bytes()}, nil
}
