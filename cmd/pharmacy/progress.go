package main

import (
	"fmt"
	"io"
	"os"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// progress is a bar on a terminal, and elsewhere a plain line for each
// tenth of the work.
type progress struct {
	name      string
	container *mpb.Progress
	bar       *mpb.Bar
	out       io.Writer
	tenth     int64
}

func (a *app) progress(name string) *progress {
	p := &progress{name: name, out: a.stderr}
	if f, ok := a.stderr.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.container = mpb.New(containerOptions(f)...)
		// A bar with a total from the start would ignore all later ones.
		p.bar = p.container.AddBar(0, mpb.BarWidth(40),
			mpb.PrependDecorators(decor.Name(name+" "), decor.CountersNoUnit("%d/%d")),
			mpb.AppendDecorators(decor.Percentage()))
	}
	return p
}

// containerOptions are those for a terminal. One that nobody has told its
// size, as a container or a script makes it, has no columns, and a bar in no
// columns is not seen.
func containerOptions(f *os.File) []mpb.ContainerOption {
	if columns, _, err := term.GetSize(int(f.Fd())); err == nil && columns > 0 {
		return []mpb.ContainerOption{mpb.WithOutput(f)}
	}
	return []mpb.ContainerOption{mpb.WithOutput(struct{ io.Writer }{f}), mpb.WithAutoRefresh(), mpb.WithWidth(80)}
}

// set says how much is done. A total that is not known is 0.
func (p *progress) set(done, total int64) {
	if p.bar != nil {
		p.bar.SetTotal(max(done, total), false)
		p.bar.SetCurrent(done)
		return
	}
	if total <= 0 {
		return
	}
	if tenth := done * 10 / total; tenth > p.tenth && total > done || done == total && p.tenth < 10 && total >= 100 {
		p.tenth = done * 10 / total
		fmt.Fprintf(p.out, "%s: %d of %d\n", p.name, done, total)
	}
}

func (p *progress) finish() {
	if p.bar != nil {
		p.bar.SetTotal(-1, true)
		p.container.Wait()
	}
}
