package main

import (
	"context"
	"math"
	"runtime/debug"
	runtimemetrics "runtime/metrics"
	"time"
)

// garbageRoom is how much garbage may gather between two collections, in
// bytes. By Go's default it may be as much as there is to keep, which for a
// catalogue of the usual size is little: a busy server would collect thirty
// times a second, and spend a fifth of its time on that.
const garbageRoom = 64 << 20

// keepRoom sees to it until ctx ends, as what is kept grows and shrinks. It
// changes nothing where the operator has set GOGC.
func keepRoom(ctx context.Context) {
	live := []runtimemetrics.Sample{{Name: "/gc/heap/live:bytes"}}
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for set := 100; ; {
		runtimemetrics.Read(live)
		// Steps of a fifth, because each change stops the program for a moment.
		if percent := garbagePercent(live[0].Value.Uint64()); math.Abs(float64(percent-set)) > 0.2*float64(set) {
			debug.SetGCPercent(percent)
			set = percent
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// garbagePercent is GOGC for a heap of live bytes: never less than Go's
// default, and never so much that one collection too late would be felt.
func garbagePercent(live uint64) int {
	return int(min(max(100, garbageRoom*100/max(live, 1)), 1000))
}
