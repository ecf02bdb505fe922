package catfile

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// accessList is the attribute that holds a file's POSIX access control list.
const accessList = "system.posix_acl_access"

// keepAccess gives f the access control list of the file at path. If that has none,
// it takes away what f has from its directory.
func keepAccess(f *os.File, path string) error {
	list := make([]byte, 64<<10) // the size that Linux allows
	n, err := unix.Lgetxattr(path, accessList, list)
	switch {
	case err == nil:
		return unix.Fsetxattr(int(f.Fd()), accessList, list[:n], 0)
	case !none(err):
		return err
	}
	if err := unix.Fremovexattr(int(f.Fd()), accessList); err != nil && !none(err) {
		return err
	}
	return nil
}

// none reports whether an error means that a file has no such attribute, or that
// its file system has none at all.
func none(err error) bool {
	return errors.Is(err, unix.ENODATA) || errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.ENOSYS)
}

// mounted reports whether a file is mounted at path itself, as far as the system
// tells.
func mounted(path string) bool {
	var s unix.Statx_t
	err := unix.Statx(unix.AT_FDCWD, path, unix.AT_SYMLINK_NOFOLLOW, 0, &s)
	return err == nil && s.Attributes&unix.STATX_ATTR_MOUNT_ROOT != 0
}
