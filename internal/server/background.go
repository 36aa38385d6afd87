package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api"
)

// started is a server that this process has started in the background.
type started struct {
	log   string // file
	begin int64  // where its words begin there
	ended chan struct{}
	end   error // once ended: why, errGone when it did not say
}

// reportFD is the descriptor on which a server in the background says why it
// cannot run.
const reportFD = 3

// background starts this program as a server, in a session of its own so that
// the terminal's Ctrl-C does not reach it.
func background(c Config) (*started, error) {
	p := PathsOf(c.Home)
	if _, err := p.make(c.SocketGroup); err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	log, err := os.OpenFile(p.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the server's log: %w", err)
	}
	defer log.Close() //nolint:errcheck // the child has its own copy
	begin, err := log.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, fmt.Errorf("open the server's log: %w", err)
	}
	s := &started{log: p.Log, begin: begin, ended: make(chan struct{})}
	args := []string{"server", "--report", fmt.Sprint(reportFD)}
	if c.Context != "" {
		args = append(args, "--context", c.Context)
	}
	return s, s.run(exec.Command(self, args...), log)
}

// run starts the command. Its end is noticed in the background, with what it said
// of it on a pipe.
func (s *started) run(cmd *exec.Cmd, log *os.File) error {
	said, says, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("start a server: %w", err)
	}
	cmd.Stdout, cmd.Stderr, cmd.Dir = log, log, "/"
	cmd.ExtraFiles = []*os.File{says} // becomes reportFD
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = cmd.Start()
	_ = says.Close()
	if err != nil {
		return errors.Join(fmt.Errorf("start a server: %w", err), said.Close())
	}
	go func() {
		defer close(s.ended)
		defer said.Close() //nolint:errcheck // only read
		s.end = reason(cmd.Wait(), said)
	}()
	return nil
}

// reason is why a server has ended: what it reported, else how it exited. One that
// was asked to end, or killed, is only gone.
func reason(exit error, said io.Reader) error {
	var p api.Problem
	if err := json.NewDecoder(said).Decode(&p); err == nil && p.Detail != "" {
		return p.Err()
	}
	if e, ok := errors.AsType[*exec.ExitError](exit); exit == nil || ok && e.ExitCode() < 0 {
		return errGone
	}
	return exit
}

// over reports whether it has ended.
func (s *started) over() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}

// explain says why no server answers. One that reported its reason has said all;
// of others the log has the last words.
func (s *started) explain(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*ferry.Error](err); ok {
		out := *e
		out.Message = "the server did not start: " + e.Message
		return &out
	}
	return (&ferry.Error{
		Code: ferry.Unavailable, Err: err, Output: s.words(),
		Message: "the server did not start: " + err.Error(),
	}).WithHint("its log is %s; run it in the foreground with: ferry server", s.log)
}

// words is the end of what the server wrote to its log.
func (s *started) words() string {
	const most = 2000
	f, err := os.Open(s.log)
	if err != nil {
		return ""
	}
	defer f.Close() //nolint:errcheck // only read
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return ""
	}
	text := make([]byte, max(0, size-max(s.begin, size-most)))
	n, _ := f.ReadAt(text, size-int64(len(text)))
	return string(text[:n])
}

// Report lets the process know that started this server in the background why it has
// ended; nobody may listen any more.
func Report(fd int, err error) {
	f := os.NewFile(uintptr(fd), "report") //nolint:gosec // a descriptor that was given to this process
	if f == nil || err == nil {
		return
	}
	_ = json.NewEncoder(f).Encode(api.NewProblem(err))
}
