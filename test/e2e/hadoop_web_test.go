//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// browser asks web pages from this machine, as a browser with the rules of `ferry
// hosts` does: names of nodes are looked up there, and links and redirects followed.
type browser struct {
	t      *testing.T
	client http.Client
	pages  map[string]string // published addresses by name
}

func (h *home) browse(id string) *browser {
	h.t.Helper()
	var names map[string]string
	if err := json.Unmarshal([]byte(h.must("hosts", "-o", "json", id)), &names); err != nil {
		h.t.Fatal(err)
	}
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		if a := names[host]; a != "" {
			host = a
		}
		var d net.Dialer
		return d.DialContext(ctx, network, net.JoinHostPort(host, port))
	}
	b := &browser{t: h.t, pages: map[string]string{}}
	b.client = http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}
	for _, s := range h.inspect(id).Services {
		for _, page := range s.Web {
			b.pages[page.Name] = page.URL
		}
	}
	return b
}

// try returns a page, and what is wrong with it.
func (b *browser) try(url string) (string, error) {
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	request.Header.Set("Accept", "application/json, text/html;q=0.9, */*;q=0.8")
	r, err := b.client.Do(request)
	if err != nil {
		return "", err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err == nil && r.StatusCode != http.StatusOK {
		err = fmt.Errorf("get %s: %s\n%s", url, r.Status, text)
	}
	return string(text), err
}

// get demands that a page is there and holds the words.
func (b *browser) get(url, words string) string {
	b.t.Helper()
	text, err := b.try(url)
	if err != nil {
		b.t.Errorf("%v", err)
	} else if !strings.Contains(text, words) {
		b.t.Errorf("%s: no %q in\n%s", url, words, text)
	}
	return text
}

// json reads an answer into v.
func (b *browser) json(url string, v any) {
	b.t.Helper()
	text := b.get(url, "{")
	if err := json.Unmarshal([]byte(text), v); err != nil {
		b.t.Fatalf("%s: %v\n%s", url, err, text)
	}
}

// root of a published page: without the path that people begin at.
func (b *browser) root(page string) string {
	b.t.Helper()
	scheme, rest, ok := strings.Cut(b.pages[page], "://")
	if !ok {
		b.t.Fatalf("no page %s is published: %v", page, b.pages)
	}
	host, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + host
}

// copies returns the hosts that have a file's blocks, as the NameNode knows them.
func (b *browser) copies(file string) []string {
	b.t.Helper()
	var answer struct {
		BlockLocations struct {
			BlockLocation []struct {
				Hosts []string `json:"hosts"`
			}
		}
	}
	b.json(b.root("NameNode")+"/webhdfs/v1"+file+"?user.name=ferry&op=GETFILEBLOCKLOCATIONS", &answer)
	if n := len(answer.BlockLocations.BlockLocation); n != 1 {
		b.t.Fatalf("%s has %d blocks", file, n)
	}
	return answer.BlockLocations.BlockLocation[0].Hosts
}

// lacking returns how many blocks have too few whole copies; below 0: no answer. A
// NameNode that has not counted yet knows of none, so all DataNodes must be alive.
func (b *browser) lacking(dataNodes int) int {
	text, err := b.try(b.root("NameNode") + "/jmx?qry=Hadoop:service=NameNode,name=FSNamesystem*")
	var answer struct {
		Beans []struct {
			NumLiveDataNodes, NumStaleDataNodes, UnderReplicatedBlocks, CorruptBlocks, PendingReplicationBlocks int
		} `json:"beans"`
	}
	if err != nil || json.Unmarshal([]byte(text), &answer) != nil {
		return -1
	}
	var lacking, live int
	for _, bean := range answer.Beans {
		lacking = max(lacking, bean.UnderReplicatedBlocks+bean.CorruptBlocks+bean.PendingReplicationBlocks)
		live = max(live, bean.NumLiveDataNodes-bean.NumStaleDataNodes)
	}
	if live != dataNodes {
		return -1
	}
	return lacking
}

// pagesWork looks at the pages as a user does who has run a job: each is there, the
// names in their links lead somewhere, and the file browser shows a file's content.
func (h *home) pagesWork(id string) {
	h.t.Helper()
	b := h.browse(id)
	b.get(b.pages["NameNode"], "dfshealth")
	b.get(b.pages["ResourceManager"], "hadoop")
	b.get(b.pages["JobHistory"], "JobHistory")
	b.get(b.pages["HiveServer2"], "HiveServer2")
	// OPEN leads to a DataNode by its name.
	b.get(b.root("NameNode")+"/webhdfs/v1/user/ferry/kept.csv?user.name=ferry&op=OPEN", "Callisto")
	for _, node := range []string{"hadoop1", "hadoop2"} {
		b.get("http://"+node+":9864/datanode.html", "DataNode")
	}
	b.linksOfYARN()
}

// linksOfYARN follows those of a job that has ended: to its node and to its logs.
func (b *browser) linksOfYARN() {
	b.t.Helper()
	var answer struct {
		Apps struct {
			App []struct{ TrackingURL, AMContainerLogs, AMHostHTTPAddress string }
		}
	}
	b.json(b.root("ResourceManager")+"/ws/v1/cluster/apps?applicationTypes=MAPREDUCE&finalStatus=SUCCEEDED", &answer)
	if len(answer.Apps.App) == 0 {
		b.t.Fatal("the ResourceManager knows no job")
	}
	app := answer.Apps.App[0]
	b.get("http://"+app.AMHostHTTPAddress+"/node", "NodeManager")
	eventually(b.t, 3*time.Minute, "the job's page and logs are in the history", func() bool {
		page, err1 := b.try(app.TrackingURL)
		logs, err2 := b.try(app.AMContainerLogs)
		return err1 == nil && err2 == nil && strings.Contains(page, "job_") && strings.Contains(logs, "stderr")
	})
}
