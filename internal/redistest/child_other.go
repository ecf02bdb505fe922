//go:build !linux

package redistest

import "syscall"

// child makes an ordinary process: only Linux can tie it to its parent.
func child() *syscall.SysProcAttr { return nil }
