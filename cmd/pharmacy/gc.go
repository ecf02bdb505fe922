package main

import (
	"context"
	"math"
	"runtime/debug"
	runtimemetrics "runtime/metrics"
	"time"
)

// garbageRoom is the minimum amount of garbage between two collections, in
// bytes. With Go's default, GOGC=100, it equals the live heap, which is small
// for a catalogue of the usual size: a busy server would collect thirty times a
// second and spend a fifth of its time on it.
const garbageRoom = 64 << 20

// keepRoom adjusts GOGC to the size of the live heap until ctx ends.
func keepRoom(ctx context.Context) {
	live := []runtimemetrics.Sample{{Name: "/gc/heap/live:bytes"}}
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for set := 100; ; {
		runtimemetrics.Read(live)
		// Small changes are skipped, because each one stops the world.
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

// garbagePercent returns GOGC for a live heap of so many bytes. It is at least
// 100, Go's default, and at most 1000.
func garbagePercent(live uint64) int {
	return int(min(max(100, garbageRoom*100/max(live, 1)), 1000))
}
