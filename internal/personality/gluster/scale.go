package gluster

import (
	_ "embed"
	"slices"
	"strconv"
	"time"

	"github.com/ferry-project/ferry"
)

// resize is not in the image: a stack that an earlier Ferry has made grows too.
//
//go:embed resize.sh
var resize string

// moveTime is what moving data may take. A node that dies ends the wait for it.
const moveTime = 24 * time.Hour

// resizing are the tasks by which the volume gets its bricks, and returns some.
func (v volume) resizing() []ferry.Task {
	tasks := []ferry.Task{
		v.resize("grow", ferry.AfterGrow, "take new servers and bricks in"),
		v.resize("shrink", ferry.BeforeShrink, "move data off the bricks that leave, and take them out"),
	}
	if len(v.bricks) > v.layout.group {
		t := v.resize("balance", ferry.AfterGrow, "have files moved to the new bricks, in the background")
		t.After, t.Optional = []string{"online"}, true
		t.Hint = "all files can be reached all the same; gluster volume rebalance " + v.name + " start tries again"
		tasks = append(tasks, t)
	}
	return tasks
}

func (v volume) resize(what string, when ferry.Phase, says string) ferry.Task {
	words := append([]string{"bash", "-c", resize, "resize", what, v.name, strconv.Itoa(v.layout.copies)}, v.layout.options...)
	return ferry.Task{
		Name: what, Node: v.bricks[0].Name, When: when, Says: says, Timeout: moveTime,
		Command: slices.Concat(words, []string{"--"}, v.places()),
		Hint:    "see the log of glusterd: ferry logs " + ferry.StackRef + " " + v.bricks[0].Name,
	}
}

// places are the bricks as Gluster names them.
func (v volume) places() []string {
	var all []string
	for _, m := range v.bricks {
		all = append(all, m.Name+":"+brickDir+"/"+v.name)
	}
	return all
}
