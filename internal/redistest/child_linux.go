package redistest

import "syscall"

// child makes a process that does not outlive this one, even when a test
// panics or runs out of time and nothing is cleaned up.
func child() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
