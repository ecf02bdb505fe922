// Package redistest runs a redis-server for tests. It can freeze, kill and
// restart the server, and delay or corrupt its replies.
package redistest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// patience bounds the time to wait for a server. It is long for busy machines.
const patience = 30 * time.Second

// user is the Redis user of the tests' own clients. It is not affected by
// requirepass, and its password is arbitrary.
const user = "redistest"

// Server is a redis-server process that belongs to one test.
type Server struct {
	t    testing.TB
	port int
	dir  string
	args []string

	cmd    *exec.Cmd
	output bytes.Buffer
	exited chan struct{}

	once   sync.Once
	client *redis.Client
}

// Start runs a redis-server on a free port of the loopback address, without
// persistence, until the test ends. args are additional arguments, such as
// "--maxmemory", "10mb". Start fails the test, and does not skip it, if
// redis-server is not installed.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	s := &Server{t: t, dir: t.TempDir(), args: args}
	t.Cleanup(s.Kill)
	var err error
	for range 3 { // another process may take the port in the meantime
		s.port = freePort(t)
		if err = s.launch(); err == nil {
			return s
		}
	}
	t.Fatalf("redistest: %v", err)
	return nil
}

// StartCluster runs a Redis Cluster of one server. Like a larger cluster, it
// rejects commands with keys in different slots.
func StartCluster(t testing.TB) *Server {
	t.Helper()
	s := Start(t, "--cluster-enabled", "yes")
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := s.Client().ClusterAddSlotsRange(ctx, 0, 16383).Err()
	for err == nil {
		var info string
		if info, err = s.Client().ClusterInfo(ctx).Result(); strings.Contains(info, "cluster_state:ok") {
			return s
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("redistest: cluster does not start: %v", err)
	return nil
}

// Addr returns the server's host and port.
func (s *Server) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// URL returns the redis:// URL of the server.
func (s *Server) URL() string { return "redis://" + s.Addr() + "/0" }

// Client returns a client with the default settings for use by the test itself.
// It needs no password even when the server requires one of other clients.
func (s *Server) Client() *redis.Client {
	s.once.Do(func() {
		s.client = redis.NewClient(&redis.Options{Addr: s.Addr(), Protocol: 2, DisableIdentity: true, Username: user, Password: "-"})
		s.t.Cleanup(func() { _ = s.client.Close() })
	})
	return s.client
}

// Restart starts the server again after Kill and waits until it responds.
func (s *Server) Restart() { s.restart() }

func (s *Server) restart(args ...string) {
	s.t.Helper()
	if err := s.launch(args...); err != nil {
		s.t.Fatalf("redistest: %v", err)
	}
}

// launch starts the process and waits until it responds to a command.
func (s *Server) launch(args ...string) error {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		return fmt.Errorf("redis-server is required: %w", err)
	}
	s.output.Reset()
	s.cmd = exec.Command(path, append(append([]string{
		"--port", strconv.Itoa(s.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
		"--dir", s.dir, "--loglevel", "warning", "--user", user, "on", "nopass", "~*", "&*", "+@all",
	}, s.args...), args...)...)
	s.cmd.Stdout, s.cmd.Stderr = &s.output, &s.output
	s.cmd.SysProcAttr = child()
	if err := s.cmd.Start(); err != nil {
		return err
	}
	s.exited = make(chan struct{})
	go func(cmd *exec.Cmd, exited chan struct{}) {
		_ = cmd.Wait()
		close(exited)
	}(s.cmd, s.exited)
	for deadline := time.Now().Add(patience); ; {
		select {
		case <-s.exited:
			return fmt.Errorf("redis-server exited: %s", s.output.String())
		case <-time.After(2 * time.Millisecond):
		}
		err := s.ask()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("redis-server does not answer: %w", err)
		}
	}
}

// ask returns nil if the process that responds on the port is this server and
// not another one.
func (s *Server) ask() error {
	conn, err := net.DialTimeout("tcp", s.Addr(), time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	if _, err := fmt.Fprintf(conn, "AUTH %s -\r\nINFO server\r\n", user); err != nil {
		return err
	}
	r := bufio.NewReader(conn)
	for {
		line, err := r.ReadString('\n')
		switch line = strings.TrimSpace(line); {
		case err != nil:
			return err
		case line == "process_id:"+strconv.Itoa(s.cmd.Process.Pid):
			return nil
		case strings.HasPrefix(line, "process_id:"), strings.HasPrefix(line, "-"):
			return errors.New(line)
		}
	}
}

// Freeze stops the process without closing its connections (SIGSTOP).
func (s *Server) Freeze() { s.signal(syscall.SIGSTOP) }

// Thaw resumes a frozen process (SIGCONT).
func (s *Server) Thaw() { s.signal(syscall.SIGCONT) }

// Kill kills the process (SIGKILL) and waits until it has exited.
func (s *Server) Kill() {
	if s.cmd == nil || s.cmd.Process == nil {
		return
	}
	if err := s.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		s.t.Errorf("redistest: %v", err)
	}
	<-s.exited
	s.cmd = nil
}

func (s *Server) signal(sig os.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatalf("redistest: %v", err)
	}
}

// Keys returns all keys of database 0.
func (s *Server) Keys() []string {
	s.t.Helper()
	keys, err := s.Client().Keys(context.Background(), "*").Result()
	if err != nil {
		s.t.Fatalf("redistest: %v", err)
	}
	return keys
}

// Watch returns a channel that is closed when the server executes a command for
// which matches returns true. Commands are in the form that Monitor returns.
func (s *Server) Watch(matches func(command string) bool) <-chan struct{} {
	s.t.Helper()
	conn, r := s.monitor()
	seen := make(chan struct{})
	go func() {
		defer conn.Close()
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			if _, command, ok := strings.Cut(strings.TrimSpace(line), "] "); ok && matches(command) {
				close(seen)
				return
			}
		}
	}()
	return seen
}

// monitor opens a connection on which the server writes each executed command.
func (s *Server) monitor() (net.Conn, *bufio.Reader) {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.Addr())
	if err != nil {
		s.t.Fatalf("redistest: %v", err)
	}
	s.t.Cleanup(func() { _ = conn.Close() })
	r := bufio.NewReader(conn)
	_, err = fmt.Fprintf(conn, "AUTH %s -\r\nMONITOR\r\n", user)
	for range 2 { // +OK, twice
		if err == nil {
			_, err = r.ReadString('\n')
		}
	}
	if err != nil {
		s.t.Fatalf("redistest: MONITOR: %v", err)
	}
	return conn, r
}

// Monitor records the commands that the server executes (MONITOR), including
// those in scripts. stop ends the recording and returns the commands in the
// form in which Redis writes them, such as `"get" "page:1"`.
func (s *Server) Monitor() (stop func() []string) {
	s.t.Helper()
	conn, r := s.monitor()
	const last = "the end of the monitoring"
	var commands []string
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			line, err := r.ReadString('\n')
			if err != nil || strings.Contains(line, last) {
				return
			}
			if _, command, ok := strings.Cut(strings.TrimSpace(line), "] "); ok {
				commands = append(commands, command)
			}
		}
	}()
	return func() []string {
		s.t.Helper()
		if err := s.Client().Echo(context.Background(), last).Err(); err != nil {
			s.t.Fatalf("redistest: %v", err)
		}
		<-done
		_ = conn.Close()
		return commands
	}
}

// freePort returns a port on which nothing listens.
func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("redistest: %v", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
