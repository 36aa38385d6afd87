package personality

import "github.com/ferry-project/ferry"

// Client is a connector of one node, wired to every backend of the stack.
func Client(node ferry.NodeBlueprint, beneath []ferry.Export) ferry.Blueprint {
	bp := ferry.Blueprint{
		Nodes:  []ferry.NodeBlueprint{node},
		Export: ferry.Export{Values: map[string]string{"ip": node.Name}, Nodes: []string{node.Name}},
	}
	for _, e := range beneath {
		Attach(&bp, node.Name, e)
	}
	Hooks(&bp, node.Name, node.Login, beneath)
	return bp
}

// Files are those that the backends have for their clients.
func Files(beneath []ferry.Export) []ferry.File {
	var all []ferry.File
	for _, e := range beneath {
		all = append(all, e.Files...)
	}
	return all
}
