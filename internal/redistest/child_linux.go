package redistest

import "syscall"

// child returns attributes that make the kernel kill the child when its parent
// ends, even if a test panics or times out and no cleanup runs.
func child() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
