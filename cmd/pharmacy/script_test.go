package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScript runs the scripts in testdata/script. They have these commands in
// addition to those of testscript:
//
//	exits code program [arg...]  run a program and check its exit code
//	listening file               wait until a server has logged its addresses to
//	                             the file, and set SITE and ADMIN_ADDR to them
//	fetch url                    GET a URL; the body becomes standard output
//
// $WORK/medicines.json is a small catalogue without faults. Nothing listens on
// ADMIN_ADDR unless a script starts a server.
func TestScript(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		// Ends a server that starts although it should not.
		Deadline: time.Now().Add(10 * testPatience),
		Setup: func(env *testscript.Env) error {
			env.Setenv("GORACE", quickExit)
			env.Setenv("PORT", "0")
			env.Setenv("ADMIN_ADDR", nobody)
			return os.WriteFile(filepath.Join(env.WorkDir, "medicines.json"), []byte(stock{}.String()), 0o644)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": scriptExits, "listening": scriptListening, "fetch": scriptFetch,
		},
	})
}

func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	var want, code int
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits code program [arg...]")
	}
	if _, err := fmt.Sscan(args[0], &want); err != nil {
		ts.Fatalf("%s is not an exit code", args[0])
	}
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}

func scriptListening(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: listening file")
	}
	where := regexp.MustCompile(`msg=serving addr=(\S+) admin=(\S+)`)
	for start := time.Now(); time.Since(start) < testPatience; time.Sleep(5 * time.Millisecond) {
		log, err := os.ReadFile(ts.MkAbs(args[0]))
		if found := where.FindSubmatch(log); err == nil && found != nil {
			ts.Setenv("SITE", "http://"+string(found[1]))
			ts.Setenv("ADMIN_ADDR", string(found[2]))
			return
		}
	}
	ts.Fatalf("no server has logged its addresses to %s", args[0])
}

func scriptFetch(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: fetch url")
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: testPatience}
	resp, err := client.Get(args[0])
	ts.Check(err)
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		ts.Fatalf("%s", resp.Status)
	}
	_, err = io.Copy(ts.Stdout(), resp.Body)
	ts.Check(err)
}
