package node

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A process that is started apart can open neither the folder of another nor
// anything in it. Two ways lead there: another uid, which needs root; and
// Landlock, which the kernel must have. Where neither is to be had, apart says so.

// nobody is the uid of a process that is to own nothing else.
const nobody = 65534

// apart is a process kept from a folder.
type apart struct {
	cmd   *exec.Cmd
	how   string // in words; empty when nothing keeps it away
	ended chan error
}

// startApart starts the command so that it cannot open the folder. The thread
// that starts it lives as long as the command: Landlock binds a thread and its
// children, and the kernel ends the child when that thread ends.
func startApart(cmd *exec.Cmd, folder string) (*apart, error) {
	p := &apart{cmd: cmd, ended: make(chan error, 1)}
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGTERM
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread is restricted for good
		switch err := forbid(folder); {
		case err == nil:
			p.how = "Landlock"
		case cmd.SysProcAttr.Credential != nil:
			p.how = fmt.Sprintf("uid %d", cmd.SysProcAttr.Credential.Uid)
		}
		err := cmd.Start()
		started <- err
		if err == nil {
			p.ended <- cmd.Wait()
		}
	}()
	return p, <-started
}

// asNobody makes the command run under a uid of its own and gives it the folder;
// false when this process is not root or the uid could not reach the folder.
func asNobody(cmd *exec.Cmd, folder string) (bool, error) {
	if os.Geteuid() != 0 {
		return false, nil
	}
	for dir := filepath.Dir(folder); ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil || info.Mode().Perm()&0o001 == 0 {
			return false, nil
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, nobody, nobody)
	})
	if err != nil {
		return false, fmt.Errorf("give %s to uid %d: %w", folder, nobody, err)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	return true, nil
}

// The rights that Landlock is to guard. Refer must be named, since the kernel
// denies moving files between folders wherever it is not.
const (
	fileRights = unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_WRITE_FILE
	dirRights  = unix.LANDLOCK_ACCESS_FS_READ_DIR | unix.LANDLOCK_ACCESS_FS_MAKE_REG | unix.LANDLOCK_ACCESS_FS_MAKE_DIR |
		unix.LANDLOCK_ACCESS_FS_MAKE_SYM | unix.LANDLOCK_ACCESS_FS_REMOVE_FILE | unix.LANDLOCK_ACCESS_FS_REMOVE_DIR | unix.LANDLOCK_ACCESS_FS_REFER
)

// leastLandlock is the version of Landlock that knows LANDLOCK_ACCESS_FS_REFER.
const leastLandlock = 2

// forbid takes from this thread, and from what it starts, every way into the
// folder. Landlock only allows: so everything beside the path to the folder is
// allowed, level by level. A new file right beside that path cannot be opened.
func forbid(folder string) error {
	abi, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return fmt.Errorf("ask for Landlock: %w", errno)
	}
	if abi < leastLandlock {
		return fmt.Errorf("this kernel has Landlock %d, at least %d is needed", abi, leastLandlock)
	}
	attr := unix.LandlockRulesetAttr{Handled_access_fs: fileRights | dirRights}
	fd, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr.Handled_access_fs), 0)
	if errno != 0 {
		return fmt.Errorf("make a rule set: %w", errno)
	}
	ruleset := int(fd)
	defer unix.Close(ruleset)
	if err := allowBeside(ruleset, folder); err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("give up new privileges: %w", err)
	}
	if _, _, errno := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, uintptr(ruleset), 0, 0); errno != 0 {
		return fmt.Errorf("restrict the thread: %w", errno)
	}
	return nil
}

// allowBeside allows all that lies beside the path from the root to the folder.
func allowBeside(ruleset int, folder string) error {
	folder, err := filepath.EvalSymlinks(folder)
	if err != nil {
		return err
	}
	at := "/"
	for _, name := range strings.Split(strings.Trim(folder, "/"), "/") {
		entries, err := os.ReadDir(at)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if e.Name() == name || e.Type()&fs.ModeSymlink != 0 {
				continue
			}
			err := allow(ruleset, filepath.Join(at, e.Name()), e.IsDir())
			if err != nil && !errors.Is(err, unix.ENOENT) && !errors.Is(err, unix.EACCES) {
				return err
			}
		}
		at = filepath.Join(at, name)
	}
	return nil
}

func allow(ruleset int, path string, dir bool) error {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0)
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	defer unix.Close(fd)
	rule := unix.LandlockPathBeneathAttr{Allowed_access: fileRights, Parent_fd: int32(fd)}
	if dir {
		rule.Allowed_access |= dirRights
	}
	_, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(ruleset), unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&rule)), 0, 0, 0)
	if errno != 0 {
		return fmt.Errorf("allow %s: %w", path, errno)
	}
	return nil
}
