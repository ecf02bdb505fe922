package render

import (
	"context"
	"errors"
	"html/template"
)

// Versioned is a source that changes only with its version.
type Versioned interface{ Version() string }

// Fragment is a piece of page that is cached under its inputs.
type Fragment[S Versioned, In any] struct {
	name string
	view func(S, In) any
}

// FragmentStore is the cache as render sees it.
type FragmentStore interface {
	Load(ctx context.Context, version, name, inputs string, render func(context.Context) ([]byte, error)) ([]byte, error)
}

// NewFragment declares a fragment.
func NewFragment[S Versioned, In any](name string, view func(S, In) any) *Fragment[S, In] {
	return &Fragment[S, In]{name, view}
}

// HTML renders it.
func (f *Fragment[S, In]) HTML(ctx context.Context, r *Renderer, st FragmentStore, lang string, s S, in In) (template.HTML, error) {
	return "", errors.New("render: not written yet")
}
