package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// initialize is process 1: it answers two ports, reaps, and ends on TERM
// unless STUBBORN is set, of which it hears only after a while when LATE is.
func initialize() int {
	if os.Getenv("LATE") != "" {
		signal.Ignore(syscall.SIGTERM)
		time.Sleep(1500 * time.Millisecond)
	}
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGCHLD)
	codes := make(chan int)
	go serve(":"+echoPort, func(c net.Conn) { _, _ = io.Copy(c, c) })
	go serve(controlPort, func(c net.Conn) {
		line, _ := bufio.NewReader(c).ReadString('\n')
		codes <- number(strings.TrimSpace(line))
	})
	fmt.Println("up")
	for {
		select {
		case code := <-codes:
			return code
		case s := <-signals:
			if s == syscall.SIGTERM && os.Getenv("STUBBORN") == "" {
				fmt.Println("down")
				return 0
			}
			for pid := 1; pid > 0; {
				pid, _ = unix.Wait4(-1, nil, unix.WNOHANG, nil)
			}
		}
	}
}

func serve(at string, answer func(net.Conn)) {
	l, err := net.Listen("tcp", at)
	if err != nil {
		panic(err)
	}
	for {
		c, err := l.Accept()
		if err != nil {
			panic(err)
		}
		go func() { answer(c); _ = c.Close() }()
	}
}

// hold stays until it is ended; holdhard (by its name in the arguments) until
// it is killed.
func hold([]string) int {
	if os.Args[1] == "holdhard" {
		signal.Ignore(syscall.SIGTERM, syscall.SIGHUP)
	}
	fmt.Println("holding")
	<-time.After(10 * time.Minute)
	return 0
}

// running returns the other processes that have word as an argument.
func running(word string) []int {
	return matching("cmdline", word)
}

func endMarked(mark string) int {
	const variable = "FERRY_EXEC="
	for _, pid := range matching("environ", variable+mark) {
		_ = syscall.Kill(pid, syscall.SIGTERM)
	}
	for end := time.Now().Add(2 * time.Second); time.Now().Before(end); {
		if len(matching("environ", variable+mark)) == 0 {
			return 0
		}
		<-time.After(50 * time.Millisecond)
	}
	for _, pid := range matching("environ", variable+mark) {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	return 0
}

// matching finds the other processes with word among the zero-ended words of a file.
func matching(file, word string) []int {
	files, _ := filepath.Glob("/proc/[0-9]*/" + file)
	var pids []int
	for _, f := range files {
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(f)))
		b, err := os.ReadFile(f)
		if err == nil && pid != os.Getpid() && bytes.Contains(append([]byte{0}, b...), []byte("\x00"+word+"\x00")) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// terminal waits until standard output is a terminal of that size: W H.
func terminal(a []string) int {
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); <-time.After(10 * time.Millisecond) {
		size, err := unix.IoctlGetWinsize(1, unix.TIOCGWINSZ)
		if err != nil {
			return fail("no terminal")
		}
		if int(size.Col) == number(a[0]) && int(size.Row) == number(a[1]) {
			return say("terminal " + a[0] + "x" + a[1])
		}
	}
	return fail("the terminal never got that size")
}
