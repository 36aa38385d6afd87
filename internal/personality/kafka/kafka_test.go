package kafka

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/personality"
	"github.com/ferry-project/ferry/internal/personality/personalitytest"
	"github.com/ferry-project/ferry/internal/script/kafka"
)

func described(t *testing.T, s ferry.Service) ferry.Blueprint {
	t.Helper()
	return personalitytest.Describe(t, Personality{}, personality.Request{Service: s})
}

// settings of the i-th broker.
func settings(t *testing.T, bp ferry.Blueprint, i int) map[string]string {
	t.Helper()
	all := map[string]string{}
	for line := range strings.Lines(personalitytest.File(t, bp.Nodes[i].Files, "server.properties").Content) {
		k, v, _ := strings.Cut(strings.TrimSpace(line), "=")
		if _, twice := all[k]; twice {
			t.Errorf("%s is set twice", k)
		}
		all[k] = v
	}
	return all
}

func TestFaults(t *testing.T) {
	config := ferry.Service{Instances: 1, Config: map[string]map[string]string{name: {
		"listeners": "PLAINTEXT://:1", "log.retention.ms": "1000", "not a key": "1", "log.cleanup.policy": `x\`,
	}}}
	args := func(n int, k, v string) ferry.Service {
		return ferry.Service{Instances: n, Args: map[string]string{k: v}}
	}
	small := ferry.Service{Instances: 1}
	small.Resources.Memory = 128 * ferry.MiB
	for what, c := range map[string]struct {
		service ferry.Service
		want    []string // path, then a part of the message
	}{
		"too little memory":    {small, []string{"resources.memory", "at least 512 MiB with this profile, not 128"}},
		"profile":              {args(1, "profile", "turbo"), []string{"args.profile", `profile cannot be "turbo"`}},
		"replication too high": {args(2, "replication", "3"), []string{"args.replication", "there are 2 brokers"}},
		"replication no count": {args(2, "replication", "none"), []string{"args.replication", "whole number"}},
		"an address with port": {args(1, "advertise", "lab:9092"), []string{"args.advertise", "a name or an IPv4 address alone"}},
		"settings": {config, []string{
			"config.kafka.listeners", "set by Ferry", "config.kafka.log.cleanup.policy", "backslash", "config.kafka.not a key", "cannot be a setting",
		}},
	} {
		t.Run(what, func(t *testing.T) {
			_, err := Personality{}.Nodes(c.service)
			var faults ferry.Faults
			if !errors.As(err, &faults) || len(faults) != len(c.want)/2 {
				t.Fatalf("got %v", err)
			}
			for i, f := range faults {
				if f.Path != c.want[2*i] || !strings.Contains(f.Message, c.want[2*i+1]) {
					t.Errorf("got %v", f)
				}
			}
		})
	}
}

// One lost broker must cost no acknowledged record wherever there are three.
func TestCopiesFollowFromTheNumberOfBrokers(t *testing.T) {
	for n, want := range map[int][3]string{1: {"1", "1", "1"}, 2: {"2", "1", "1"}, 3: {"3", "2", "3"}, 6: {"3", "2", "5"}} {
		s := settings(t, described(t, ferry.Service{Instances: n}), 0)
		voters := strings.Count(s["controller.quorum.voters"], "@")
		got := [3]string{s["default.replication.factor"], s["min.insync.replicas"], string(rune('0' + voters))}
		if got != want || s["offsets.topic.replication.factor"] != want[0] {
			t.Errorf("%d brokers: %v, want %v", n, got, want)
		}
	}
}

func TestOnlyVotersListenForTheQuorum(t *testing.T) {
	bp := described(t, ferry.Service{Instances: 4})
	for i, want := range []string{"broker,controller", "broker,controller", "broker,controller", "broker"} {
		s := settings(t, bp, i)
		if s["process.roles"] != want || strings.Contains(s["listeners"], "CONTROLLER://") != (want != "broker") {
			t.Errorf("broker %d: %v", i, s)
		}
	}
}

func TestIdentityFollowsFromTheData(t *testing.T) {
	bp := described(t, ferry.Service{Instances: 2})
	first := personalitytest.File(t, bp.Nodes[0].Files, "meta.properties").Content
	second := personalitytest.File(t, bp.Nodes[1].Files, "meta.properties").Content
	var shared []string
	for line := range strings.Lines(first) {
		if strings.Contains(second, line) {
			shared = append(shared, strings.Split(line, "=")[0])
		}
	}
	if diff := cmp.Diff([]string{"version", "cluster.id"}, shared); diff != "" {
		t.Error(diff)
	}
	for i := range 200 {
		if id := uuid(string(rune(i))); len(id) != 22 || strings.HasPrefix(id, "-") {
			t.Errorf("%q", id)
		}
	}
}

func TestOwnSettingsTakeThePlaceOfFerrys(t *testing.T) {
	s := settings(t, described(t, ferry.Service{Instances: 1, Config: map[string]map[string]string{name: {"num.partitions": "12", "log.retention.hours": "1"}}}), 0)
	if s["num.partitions"] != "12" || s["log.retention.hours"] != "1" {
		t.Error(s)
	}
}

func TestEveryBrokerIsAskedForAllOthers(t *testing.T) {
	bp := described(t, ferry.Service{Instances: 3})
	for i, p := range bp.Probes {
		script := personalitytest.Script[kafka.Script](t, p.Ask)
		if p.Node != bp.Nodes[i].Name || script.Brokers != 3 || script.Topic != "" || p.Ask.Port != inside {
			t.Errorf("%+v, %+v", p, script)
		}
	}
	smoke := personalitytest.Script[kafka.Script](t, bp.Tests[0].Ask)
	if len(bp.Probes) != 3 || smoke.Records == 0 || smoke.Topic == "" {
		t.Errorf("%+v", smoke)
	}
}

func TestFewBrokersAreNoted(t *testing.T) {
	for n, want := range map[int]int{1: 1, 2: 1, 3: 0} {
		if got := described(t, ferry.Service{Instances: n}).Notes; len(got) != want {
			t.Errorf("%d brokers: %q", n, got)
		}
	}
}
