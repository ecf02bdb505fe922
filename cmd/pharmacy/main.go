// Pharmacy serves a pharmacy's medicine catalogue on the web, and clears, warms
// and checks its caches. See README.md.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// version is the version of the program. Release builds set it with -ldflags -X.
var version = "dev"

// The exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	os.Exit(run(untilSignal(), os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
}

// untilSignal returns a context that ends with the first signal to end. The second
// one kills the program at once.
func untilSignal() context.Context {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as under nohup
		signals = append(signals, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), signals...)
	context.AfterFunc(ctx, stop)
	return ctx
}

// failure is an error that makes the program exit with exitFailed. All other
// errors are usage errors.
type failure struct{ error }

func (f failure) Unwrap() error { return f.error }

// failed returns a failure with a formatted message.
func failed(format string, args ...any) error { return failure{fmt.Errorf(format, args...)} }

// run executes one command and returns its exit code.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int {
	root := newRoot(environ, stdout, stderr)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var f failure
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &f):
		fmt.Fprintln(stderr, "pharmacy:", err)
		return exitFailed
	}
	for _, line := range lines(err) {
		fmt.Fprintln(stderr, "pharmacy:", line)
	}
	fmt.Fprintln(stderr, "Try 'pharmacy --help'.")
	return exitUsage
}

// lines returns the messages of err, one for each joined error.
func lines(err error) []string {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []string
		for _, e := range joined.Unwrap() {
			all = append(all, lines(e)...)
		}
		return all
	}
	return []string{err.Error()}
}

func newRoot(environ []string, stdout, stderr io.Writer) *cobra.Command {
	app := &app{environ: environ, stdout: stdout, stderr: stderr}
	root := &cobra.Command{
		Use:   "pharmacy",
		Short: "A pharmacy's medicine shelf on the web",
		Long: `pharmacy serves a catalogue of medicines in Persian, English, Turkish and
Arabic, and clears, warms and checks its caches.

Configuration comes from the environment; flags win over it.
deploy/README.md lists the variables. Exit codes: 0 done, 1 failed, 2 wrong usage.`,
		Example: `  pharmacy serve
  pharmacy check
  pharmacy warm-cache
  pharmacy clear-cache --all`,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_ = cmd.Help()
			return errors.New("a command is needed")
		},
	}
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.SetHelpCommand(&cobra.Command{
		Use: "help [command]", Short: "Help about a command",
		Example: "  pharmacy help serve",
		RunE: func(cmd *cobra.Command, args []string) error {
			about, _, err := cmd.Root().Find(args)
			if err != nil {
				return err
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	})
	app.addFlags(root.PersistentFlags())
	root.AddCommand(
		newServe(app), newClearCache(app), newWarmCache(app), newStats(app), newCheck(app),
		newImport(app), newExport(app), newVersion(app),
	)
	root.InitDefaultCompletionCmd()
	if completion, _, err := root.Find([]string{"completion"}); err == nil {
		completion.Example = "  pharmacy completion bash >/etc/bash_completion.d/pharmacy"
		// Cobra's own prints the help and exits with 0.
		completion.RunE = func(*cobra.Command, []string) error { return errors.New("completion: a shell is needed") }
		for _, shell := range completion.Commands() {
			shell.Example = "  " + shell.CommandPath()
		}
	}
	return root
}

// app holds what all commands share.
type app struct {
	environ        []string
	stdout, stderr io.Writer
	flags          flags
}
