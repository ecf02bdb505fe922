//go:build !linux

package redistest

import "syscall"

// child returns nil: only Linux can kill a child when its parent ends.
func child() *syscall.SysProcAttr { return nil }
