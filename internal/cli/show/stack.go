package show

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ferry-project/ferry"
)

// Stacks prints the table of `ferry ps`.
func Stacks(w io.Writer, stacks []ferry.Stack, now time.Time) error {
	rows := make([][]string, len(stacks))
	for i, s := range stacks {
		rows[i] = []string{s.ID, s.Name, s.Application, string(s.Status), services(s), age(s, now), firstWeb(s)}
	}
	return Rows(w, []string{"id", "name", "application", "status", "services", "age", "web"}, rows)
}

// age is "" where nobody knows when the stack was made.
func age(s ferry.Stack, now time.Time) string {
	if s.Created.IsZero() {
		return ""
	}
	return Age(now.Sub(s.Created))
}

// services is "gluster×2 mpi×2 mpi-client×1".
func services(s ferry.Stack) string {
	var parts []string
	for _, v := range s.Services {
		parts = append(parts, fmt.Sprintf("%s×%d", v.Personality, v.Count))
	}
	return strings.Join(parts, " ")
}

// firstWeb is the first page and how many more there are; inspect shows all.
func firstWeb(s ferry.Stack) string {
	var urls []string
	for _, v := range s.Services {
		for _, page := range v.Web {
			urls = append(urls, page.URL)
		}
	}
	switch len(urls) {
	case 0:
		return ""
	case 1:
		return urls[0]
	}
	return fmt.Sprintf("%s (+%d)", urls[0], len(urls)-1)
}

// Stack prints one stack with its nodes, pages and problems.
func Stack(w io.Writer, s ferry.Stack, now time.Time) error {
	facts := [][2]string{
		{"id", s.ID},
		{"name", s.Name},
		{"application", s.Application},
		{"status", string(s.Status)},
		{"created", s.Created.Format(time.RFC3339) + ", " + Age(now.Sub(s.Created)) + " ago"},
		{"job", s.Job},
	}
	for _, f := range facts {
		if f[1] != "" {
			fmt.Fprintf(w, "%-12s %s\n", f[0]+":", f[1])
		}
	}
	for _, p := range s.Problems {
		fmt.Fprintf(w, "%-12s %s\n", "problem:", p)
	}
	for _, v := range s.Services {
		for _, page := range v.Web {
			fmt.Fprintf(w, "%-12s %s %s\n", "web:", page.URL, page.Name)
		}
	}
	fmt.Fprintln(w)
	return nodes(w, s)
}

func nodes(w io.Writer, s ferry.Stack) error {
	var rows [][]string
	for _, v := range s.Services {
		for _, n := range v.Nodes {
			rows = append(rows, []string{n.Name, v.Personality, string(v.Class), n.State, n.Address, Ports(n.Ports), ferry.Size(n.Memory)})
		}
	}
	return Rows(w, []string{"node", "service", "class", "state", "address", "ports", "memory"}, rows)
}

// Ports is "127.0.0.1:8088->8088", published ones only.
func Ports(ports []ferry.Port) string {
	var parts []string
	for _, p := range ports {
		if p.Host == 0 {
			continue
		}
		parts = append(parts, fmt.Sprintf("%s->%d", p.Published(), p.Container))
	}
	return strings.Join(parts, ",")
}
