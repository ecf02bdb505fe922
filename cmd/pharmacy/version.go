package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
)

func newVersion(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Show the version and the build",
		Example: "  pharmacy version",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			c, err := a.config()
			if err != nil {
				return err
			}
			files, renderer, err := newRenderer(c, false)
			if err != nil {
				return failure{err}
			}
			build, err := buildID(c, renderer, files)
			if err != nil {
				return failure{err}
			}
			fmt.Fprintf(a.stdout, "pharmacy %s, build %s, %s %s/%s\n", version, build, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return nil
		},
	}
}
