package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"pharmacy/internal/catalogue/catfile"
)

// await returns what f returns, or the cause of the end of ctx if that comes
// first. f then goes on until the process ends: nothing interrupts the opening of
// a FIFO, or reading from a terminal.
func await[T any](ctx context.Context, f func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := f()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}

// readFile returns the content of a file that a user named, which may be a FIFO or
// a device. It returns an error as soon as ctx ends.
func readFile(ctx context.Context, name string) ([]byte, error) {
	content, err := await(ctx, func() ([]byte, error) { return os.ReadFile(name) })
	if ctx.Err() != nil {
		err = fmt.Errorf("reading %s: %w", name, context.Cause(ctx))
	}
	return content, err
}

// readInput is like readFile, and reads standard input if the name is "-".
func readInput(ctx context.Context, name string) ([]byte, error) {
	if name != "-" {
		return readFile(ctx, name)
	}
	content, err := await(ctx, func() ([]byte, error) { return io.ReadAll(os.Stdin) })
	if ctx.Err() != nil {
		err = fmt.Errorf("reading standard input: %w", context.Cause(ctx))
	}
	return content, err
}

// writeOutput writes to a file that a user named, or to standard output if the name
// is "" or another one of it. It waits for the reader of a FIFO only until ctx
// ends.
func (a *app) writeOutput(ctx context.Context, name string, content []byte) error {
	info, err := os.Stat(name)
	write := func() (n int, err error) { return a.stdout.Write(content) }
	switch stdout, errOut := os.Stdout.Stat(); {
	case name == "" || err == nil && errOut == nil && os.SameFile(info, stdout):
	case err != nil || info.Mode().IsRegular() || info.IsDir():
		return catfile.WriteFile(name, content)
	default:
		write = func() (n int, err error) {
			f, err := os.OpenFile(name, os.O_WRONLY, 0)
			if err != nil {
				return 0, err
			}
			defer f.Close()
			return f.Write(content)
		}
	}
	if _, err = await(ctx, write); ctx.Err() != nil {
		err = fmt.Errorf("writing: %w", context.Cause(ctx))
	}
	return err
}
