//go:build browser && stack

package browser

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// These look at a stack of hadoop that runs: FERRY is the program, STACK the stack's name.
// scripts/check browse starts one for them.

// proxied returns a tab that reaches the stack by `ferry browse`, and a client that does.
func proxied(t *testing.T) (context.Context, *http.Client) {
	t.Helper()
	c := exec.Command(os.Getenv("FERRY"), "browse", os.Getenv("STACK"), "--print")
	out, err := c.StdoutPipe()
	must(t, err)
	must(t, c.Start())
	t.Cleanup(func() { _ = c.Process.Signal(os.Interrupt); _ = c.Wait() })
	line := make([]byte, 100)
	n, err := out.Read(line)
	must(t, err)
	at, err := url.Parse(strings.TrimSpace(string(line[:n])))
	must(t, err)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath("chromium"), chromedp.NoSandbox,
		chromedp.WindowSize(1400, 1000), chromedp.WSURLReadTimeout(patience),
		chromedp.ProxyServer(at.String()), chromedp.Flag("proxy-bypass-list", "<-loopback>"))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	must(t, chromedp.Do(ctx))
	ctx, cancel = context.WithTimeout(ctx, 3*patience)
	t.Cleanup(cancel)
	return ctx, &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(at)}}
}

const linksOf = `[...document.querySelectorAll("a[href]")].map(a => a.href)`

// Every link of every page of Hadoop's leads to a page, those that scripts make too. Local
// logs are left out: they are the container's, and ferry logs shows them.
func TestEveryLinkOfHadoopLeadsSomewhere(t *testing.T) {
	ctx, client := proxied(t)
	must(t, chromedp.Do(ctx, chromedp.Navigate("http://ferry/")))
	begin := eval[[]string](t, ctx, linksOf)
	if len(begin) < 3 {
		t.Fatalf("the list of pages has %q", begin)
	}
	seen := map[string]bool{}
	for _, page := range append(begin, "http://hadoop0:9870/dfshealth.html#tab-datanode", "http://hadoop0:8088/cluster/nodes",
		"http://hadoop1:8042/node", "http://hadoop1:9864/datanode.html", "http://hadoop0:9870/explorer.html") {
		must(t, chromedp.Do(ctx, chromedp.Navigate(page), chromedp.WaitVisible(chromedp.CSS("body"))))
		until(t, ctx, "document.readyState === 'complete'")
		for _, link := range eval[[]string](t, ctx, linksOf) {
			u, err := url.Parse(link)
			if err != nil || seen[u.Scheme+u.Host+u.Path] || !strings.HasPrefix(u.Hostname(), "h") || !strings.Contains(u.Host, ":") ||
				strings.HasSuffix(u.Path, "/logs/") || strings.HasSuffix(u.Path, "/logs") {
				continue
			}
			seen[u.Scheme+u.Host+u.Path] = true
			r, err := client.Get(link)
			if err != nil {
				t.Errorf("%s leads to %s: %v", page, link, err)
				continue
			}
			_ = r.Body.Close()
			if r.StatusCode >= 400 {
				t.Errorf("%s leads to %s: %s", page, link, r.Status)
			}
		}
	}
	if len(seen) < 20 {
		t.Errorf("only %d links are looked at: %v", len(seen), seen)
	}
	t.Logf("%d links", len(seen))
}

// The file browser uploads to a DataNode, which only its name leads to, and downloads.
func TestFilesGoUpAndDownInTheFileBrowser(t *testing.T) {
	ctx, client := proxied(t)
	file := filepath.Join(t.TempDir(), "up.txt")
	must(t, os.WriteFile(file, []byte("Callisto\n"), 0o644))
	c := exec.Command(os.Getenv("FERRY"), "exec", os.Getenv("STACK"), "--", "sh", "-c", "hdfs dfs -rm -r -f /tmp/open; hdfs dfs -mkdir -p /tmp/open && hdfs dfs -chmod 777 /tmp/open")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	must(t, chromedp.Do(ctx, chromedp.Navigate("http://hadoop0:9870/explorer.html#/tmp/open")))
	until(t, ctx, "document.querySelector('#modal-upload-file-input')")
	until(t, ctx, "document.body.innerText.includes('Browse Directory') && document.readyState === 'complete'")
	must(t, chromedp.Do(ctx, chromedp.Click(chromedp.CSS("#btn-upload-files")), chromedp.WaitVisible(chromedp.CSS("#modal-upload-file-button")),
		chromedp.SetUploadFiles(chromedp.CSS("#modal-upload-file-input"), []string{file})))
	eval[bool](t, ctx, "document.querySelector('#modal-upload-file-button').click(); true") // it moves while it appears
	deadline := time.Now().Add(patience)
	for {
		r, err := client.Get("http://hadoop0:9870/webhdfs/v1/tmp/open/up.txt?op=OPEN")
		if err == nil {
			text, _ := io.ReadAll(r.Body)
			_ = r.Body.Close()
			if string(text) == "Callisto\n" {
				break
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("the file is not there: %v; the page says %s", err, eval[string](t, ctx, "document.body.innerText"))
		}
		time.Sleep(200 * time.Millisecond)
	}
	until(t, ctx, "document.body.innerText.includes('up.txt')")
}
