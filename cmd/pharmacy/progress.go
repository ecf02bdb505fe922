package main

import (
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// progress shows progress on standard error: as a bar on a terminal, elsewhere
// as plain lines, one for each stage and each tenth of the work.
type progress struct {
	name      string
	container *mpb.Progress
	bar       *mpb.Bar
	out       io.Writer
	tenth     int64
	stage     atomic.Pointer[string] // shown beside the bar
}

func (a *app) progress(name string) *progress {
	p := &progress{name: name, out: a.stderr}
	p.stage.Store(&name)
	if f, ok := a.stderr.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.container = mpb.New(containerOptions(f)...)
		// With a total here, mpb would ignore later calls of SetTotal.
		p.bar = p.container.AddBar(0, mpb.BarWidth(40),
			mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return *p.stage.Load() + " " }), decor.CountersNoUnit("%d/%d")),
			mpb.AppendDecorators(decor.Percentage()))
	}
	return p
}

// containerOptions returns the options for the terminal f. A terminal of a
// container or a script may report a width of 0, in which a bar is invisible;
// it gets 80 columns.
func containerOptions(f *os.File) []mpb.ContainerOption {
	if columns, _, err := term.GetSize(int(f.Fd())); err == nil && columns > 0 {
		return []mpb.ContainerOption{mpb.WithOutput(f)}
	}
	return []mpb.ContainerOption{mpb.WithOutput(struct{ io.Writer }{f}), mpb.WithAutoRefresh(), mpb.WithWidth(80)}
}

// quietUnless makes p show no plain lines unless the work is large. Those who
// read standard error of a command need none for what takes a moment.
func (p *progress) quietUnless(large bool) *progress {
	if !large {
		p.out = io.Discard
	}
	return p
}

// begin shows what is being done now, after done of total stages.
func (p *progress) begin(stage string, done, total int64) {
	if p.stage.Store(&stage); p.bar != nil {
		p.set(done, total)
		return
	}
	fmt.Fprintf(p.out, "%s: %s\n", p.name, stage)
}

// set shows that done of total are done. total is 0 if it is unknown.
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

// finish completes the bar.
func (p *progress) finish() {
	if p.bar != nil {
		p.bar.SetTotal(-1, true)
		p.container.Wait()
	}
}
