//go:build unix

package catfile

import (
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// keepOwner gives f, which will replace the file at path, the owner and group of
// like. The error names them and says who may do it.
func keepOwner(f *os.File, path string, like fs.FileInfo) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	is, ok := info.Sys().(*syscall.Stat_t)
	want, ok2 := like.Sys().(*syscall.Stat_t)
	if !ok || !ok2 || is.Uid == want.Uid && is.Gid == want.Gid {
		return nil
	}
	uid, gid := int(want.Uid), int(want.Gid)
	if is.Uid == want.Uid {
		if err := f.Chown(-1, gid); err != nil {
			return fmt.Errorf("%s: its group, %s, cannot be kept (%w): run this as a member of that group, or as root", path, groupName(gid), reason(err))
		}
		return nil
	}
	if err := f.Chown(uid, gid); err != nil {
		return fmt.Errorf("%s: its owner, %s, cannot be kept (%w): run this as that user, or as root", path, userName(uid), reason(err))
	}
	return nil
}

// userName returns the name and number of a user.
func userName(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return fmt.Sprintf("%s (%d)", u.Username, uid)
	}
	return fmt.Sprintf("user %d", uid)
}

// groupName returns the name and number of a group.
func groupName(gid int) string {
	if g, err := user.LookupGroupId(strconv.Itoa(gid)); err == nil {
		return fmt.Sprintf("%s (%d)", g.Name, gid)
	}
	return fmt.Sprintf("group %d", gid)
}

// changed returns the time at which the file at path, or one of its names or
// attributes, last changed.
func changed(path string) (time.Time, error) {
	var s unix.Stat_t
	if err := unix.Lstat(path, &s); err != nil {
		return time.Time{}, err
	}
	return time.Unix(s.Ctim.Unix()), nil
}
