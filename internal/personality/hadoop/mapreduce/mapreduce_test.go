package mapreduce_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality/hadoop/mapreduce"
)

// Ready means exactly the workers there are, in JSON and in XML, however the
// ResourceManager answers; eleven are not one.
func TestReadyCountsEveryWorker(t *testing.T) {
	for workers, c := range map[int]struct{ ready, not []string }{
		1: {
			[]string{`{"activeNodes":1,"x":0}`, `<activeNodes>1</activeNodes>`, `"activeNodes":1}`},
			[]string{`"activeNodes":0`, `"activeNodes":11,`, `<activeNodes>11</activeNodes>`, `"lostNodes":1`},
		},
		12: {[]string{`"activeNodes":12`}, []string{`"activeNodes":1`, `"activeNodes":2`, `"activeNodes":120`}},
	} {
		p := cluster(slices.Repeat([]int64{2048}, workers)...).Probes()[0]
		var asked struct{ Expect string }
		if err := json.Unmarshal(p.Ask.Script, &asked); err != nil || asked.Expect == "" {
			t.Fatalf("%s: %v", p.Ask.Script, err)
		}
		expect := regexp.MustCompile(asked.Expect)
		for _, body := range c.ready {
			if !expect.MatchString(body) {
				t.Errorf("%d workers are not ready by %s", workers, body)
			}
		}
		for _, body := range c.not {
			if expect.MatchString(body) {
				t.Errorf("%d workers are ready by %s", workers, body)
			}
		}
	}
}

// Whatever the configuration tells clients and workers to connect to is among the
// ports that the manager says it listens on.
func TestPortsAreThoseOfTheConfiguration(t *testing.T) {
	c := cluster(2048)
	listens := map[int]bool{}
	for _, p := range c.Ports() {
		if listens[p.Container] {
			t.Errorf("port %d is listed twice", p.Container)
		}
		listens[p.Container] = true
	}
	at := regexp.MustCompile(`(?:^|//)m:(\d+)`) // the manager's host name
	found := 0
	for key, value := range c.MapReduce().With(c.Yarn()) {
		for _, m := range at.FindAllStringSubmatch(value, -1) {
			found++
			if port := number(t, m[1]); !listens[port] {
				t.Errorf("%s is %s, but the manager does not list port %d", key, value, port)
			}
		}
	}
	for _, p := range c.Probes() {
		if !listens[p.Ask.Port] || p.Node != "m" {
			t.Errorf("%s asks port %d of %s", p.Name, p.Ask.Port, p.Node)
		}
	}
	for _, w := range c.Web() {
		if !listens[w.Port] || w.Node != "m" {
			t.Errorf("the page %s is on port %d of %s", w.Name, w.Port, w.Node)
		}
	}
	if found < 3 {
		t.Errorf("only %d addresses were looked at", found)
	}
}

// The heads' heaps leave half of their machine to all else that their JVMs need.
func TestHeadsFitTheirMachine(t *testing.T) {
	for _, gib := range []int64{1, 2, 8} {
		c := cluster(2048)
		c.Manager.Memory = gib << 30
		sum := 0
		for _, name := range []string{"YARN_RESOURCEMANAGER_OPTS", "MAPRED_HISTORYSERVER_OPTS"} {
			var heap int
			if _, err := fmt.Sscanf(c.ManagerEnv()[name], "-Xmx%dm", &heap); err != nil || heap < 100 {
				t.Errorf("%s is %q", name, c.ManagerEnv()[name])
			}
			sum += heap
		}
		if sum > int(gib)*512 {
			t.Errorf("heaps of %d MiB on %d GiB", sum, gib)
		}
	}
}

// The first worker decides, for it never leaves: others that join later change no
// configuration, but a smaller one has less for jobs. A job's files have no more copies
// than others.
func TestTheFirstWorkerDecides(t *testing.T) {
	const memory = "yarn.nodemanager.resource.memory-mb"
	alone := cluster(2048)
	for _, workers := range [][]int64{{2048, 4096, 8192}, {2048, 1536, 4096}} {
		c := cluster(workers...)
		for _, key := range []string{memory, "yarn.scheduler.maximum-allocation-mb"} {
			if got, want := c.Yarn()[key], alone.Yarn()[key]; got != want {
				t.Errorf("%v: %s is %s, want %s", workers, key, got, want)
			}
		}
		own := c.WorkerFiles(c.Workers[1], c.Files())["yarn-site"][memory]
		if want := strconv.FormatInt(min(2048, workers[1])-mapreduce.Overhead>>20, 10); own != want {
			t.Errorf("%v: the second gives jobs %s MiB, want %s", workers, own, want)
		}
	}
	for copies, want := range map[int]string{0: "1", 1: "1", 2: "2", 3: "2"} {
		c := cluster(2048)
		c.Copies = copies
		if got := c.MapReduce()["mapreduce.client.submit.file.replication"]; got != want {
			t.Errorf("%d copies of a block: %s of a job's files", copies, got)
		}
	}
	if got := cluster(2048).Yarn()["yarn.nodemanager.resource.cpu-vcores"]; got != "2" {
		t.Errorf("a core and a half are %s vcores: a task needs a whole one", got)
	}
}

func TestMemoryThatCannotRunAJobIsRefused(t *testing.T) {
	for mib, wrong := range map[int64]bool{0: false, 512: true, 1023: true, 1024: false, 4096: false} {
		s := ferry.Service{Resources: ferry.Resources{Memory: mib << 20}}
		faults := mapreduce.CheckMemory(s)
		if (len(faults) > 0) != wrong || wrong && (faults[0].Path != "resources.memory" || !strings.Contains(faults[0].Message, fmt.Sprint(mib))) {
			t.Errorf("%d MiB: %v", mib, faults)
		}
	}
	plain, withHive := ferry.Service{Instances: 3}, ferry.Service{Instances: 3, Layers: []string{"hive"}}
	shapes, roomier := mapreduce.Workers(plain, "w"), mapreduce.Workers(withHive, "w")
	if len(shapes) != 3 || shapes[0].Role != "w" || roomier[0].MemoryMin <= shapes[0].MemoryMin || roomier[0].Memory < roomier[0].MemoryMin {
		t.Errorf("%+v, with Hive %+v", shapes, roomier)
	}
	if mapreduce.Image(plain) != "hadoop" || mapreduce.Image(withHive) != "hive" {
		t.Errorf("images %s, %s", mapreduce.Image(plain), mapreduce.Image(withHive))
	}
}

func TestUnknownProfilesAreRefused(t *testing.T) {
	for _, text := range []string{"Fast", "slow", " "} {
		_, faults := mapreduce.ProfileOf(ferry.Service{Args: map[string]string{"profile": text}})
		if len(faults) != 1 || faults[0].Path != "args.profile" || !strings.Contains(faults[0].Message, fmt.Sprintf("%q", text)) {
			t.Errorf("%q: %v", text, faults)
		}
	}
}

// The user's own setting comes last in every file.
func TestUsersSettingsWin(t *testing.T) {
	files := cluster(2048).Files().With(map[string]map[string]string{
		"yarn-site":          {"yarn.nodemanager.vmem-check-enabled": "true"},
		"capacity-scheduler": {"yarn.scheduler.capacity.maximum-am-resource-percent": "0.1"},
	})
	if got := files["yarn-site"]["yarn.nodemanager.vmem-check-enabled"]; got != "true" {
		t.Errorf("yarn-site has %q", got)
	}
	if got := files["capacity-scheduler"]["yarn.scheduler.capacity.maximum-am-resource-percent"]; got != "0.1" {
		t.Errorf("capacity-scheduler has %q", got)
	}
	if files["yarn-site"]["yarn.resourcemanager.hostname"] != "m" {
		t.Error("what the user did not name is lost")
	}
}
