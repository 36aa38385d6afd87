package speak

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/retry"
	"github.com/ferry-project/ferry/internal/script"
)

// HTTP asks for a page; its script is script.HTTP.
type HTTP struct{}

// Do sends one GET, which must be answered by 2xx and a body that matches.
func (HTTP) Do(ctx context.Context, to Peer, text []byte, _ func(string)) error {
	var page script.HTTP
	if err := Read(text, &page); err != nil {
		return err
	}
	expect, err := regexp.Compile(page.Expect)
	if err != nil {
		return retry.Stop(ferry.Errorf(ferry.Internal, "expected answer: %w", err))
	}
	ctx, cancel := context.WithTimeout(ctx, oneTry)
	defer cancel()
	return Page(ctx, to, page.Path, func(body io.Reader) error { return judge(body, expect) })
}

// Page has the body of a page read, of one that is answered by 2xx.
func Page(ctx context.Context, to Peer, path string, read func(body io.Reader) error) error {
	conn, done, err := to.Connect(ctx)
	if err != nil {
		return err
	}
	defer done()
	// The request is written by hand: no proxy, no redirect to a name that only
	// the stack knows, no goroutine that outlives the try.
	url := fmt.Sprintf("http://%s:%d/%s", to.Node, to.Port, strings.TrimPrefix(path, "/"))
	resp, err := get(ctx, conn, url)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("HTTP %s", resp.Status)
	}
	return read(resp.Body)
}

func get(ctx context.Context, conn net.Conn, url string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	req.Close = true
	if err := req.Write(conn); err != nil {
		return nil, fmt.Errorf("send request: %w", err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), req)
	if err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	return resp, nil
}

// bodyLimit is far above any status page; what lies behind it is not matched.
const bodyLimit = 4 << 20

func judge(page io.Reader, expect *regexp.Regexp) error {
	body, err := io.ReadAll(io.LimitReader(page, bodyLimit))
	if err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	if !expect.Match(body) {
		return fmt.Errorf("not yet: %q", excerpt(body))
	}
	return nil
}

// excerpt is the beginning of a body on one line.
func excerpt(body []byte) string {
	const most = 60 // enough to see what kind of answer it is
	runes := []rune(strings.Join(strings.Fields(string(body[:min(len(body), 4*most)])), " "))
	if len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return string(runes)
}
