// Package redistest runs a real redis-server for tests, and can stop, freeze
// and kill it, and spoil what passes between it and its clients.
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

// patience bounds the waiting for a server, which a busy machine makes slow.
const patience = 30 * time.Second

// user is who the tests' own clients are: any password will do.
const user = "redistest"

// Server is a redis-server process of one test.
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
// persistence, until the test ends. It fails the test when the program is
// not installed: a test that is left out proves nothing. args are further
// arguments, such as "--maxmemory", "10mb".
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	s := &Server{t: t, dir: t.TempDir(), args: args}
	t.Cleanup(s.Kill)
	var err error
	for range 3 { // somebody may take the port between finding and using it
		s.port = freePort(t)
		if err = s.launch(); err == nil {
			return s
		}
	}
	t.Fatalf("redistest: %v", err)
	return nil
}

// StartCluster runs a Redis Cluster of one server. It refuses what a greater
// one does, such as commands whose keys are in different slots.
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
		time.Sleep(5 * time.Millisecond) // there is no event to wait for
	}
	t.Fatalf("redistest: the cluster does not come up: %v", err)
	return nil
}

// Addr returns the server's host and port.
func (s *Server) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// URL returns the address as REDIS_URL takes it.
func (s *Server) URL() string { return "redis://" + s.Addr() + "/0" }

// Client returns a client of the test's own, with plain settings. It is let in
// even when the server demands a password of others.
func (s *Server) Client() *redis.Client {
	s.once.Do(func() {
		s.client = redis.NewClient(&redis.Options{Addr: s.Addr(), Protocol: 2, DisableIdentity: true, Username: user, Password: "-"})
		s.t.Cleanup(func() { _ = s.client.Close() })
	})
	return s.client
}

// Restart starts the process again after it was killed, and waits until it
// answers.
func (s *Server) Restart() { s.restart() }

func (s *Server) restart(args ...string) {
	s.t.Helper()
	if err := s.launch(args...); err != nil {
		s.t.Fatalf("redistest: %v", err)
	}
}

// launch starts the process and waits until it answers, be it with an error.
func (s *Server) launch(args ...string) error {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		return fmt.Errorf("redis-server is needed: %w", err)
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
			return fmt.Errorf("redis-server ended: %s", s.output.String())
		case <-time.After(2 * time.Millisecond): // there is no event to wait for
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

// ask makes sure that it is this process which answers at the port.
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

// Thaw lets a frozen process go on.
func (s *Server) Thaw() { s.signal(syscall.SIGCONT) }

// Kill ends the process at once (SIGKILL).
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

// Watch closes the channel as soon as the server executes a command that
// matches. Commands are as Monitor returns them.
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

// monitor opens a connection on which the server tells what it executes.
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

// Monitor notes the commands that the server executes (MONITOR), those in
// scripts too, until stop, which returns them as Redis writes them:
// `"get" "page:1"`.
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

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("redistest: %v", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
