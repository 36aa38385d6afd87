// Package hadoop is what Ferry says to the heads of HDFS and YARN, as data.
package hadoop

import (
	"fmt"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/script"
)

// The protocols in a ferry.Ask. The last three are spoken with the heads' web ports.
const (
	CallProtocol       = "hadoop-rpc"
	CopiesProtocol     = "hdfs-copies"
	BlocksProtocol     = "hdfs-blocks"
	ContainersProtocol = "yarn-containers"
)

// Call is one call of Hadoop's RPC, as a user of simple authentication.
type Call struct {
	User     string `json:"user"`
	Protocol string `json:"protocol"` // the Java class
	Method   string `json:"method"`
	Request  []byte `json:"request,omitempty"` // the method's message, in protocol buffers
}

// Ask makes the call at a port; says is what for, in one line.
func (c Call) Ask(port int, says string) *ferry.Ask { return script.Of(CallProtocol, port, says, c) }

// RefreshDataNodes has the NameNode read who is excluded.
func RefreshDataNodes(port int) *ferry.Ask {
	return Call{User: "hdfs", Protocol: "org.apache.hadoop.hdfs.protocol.ClientProtocol", Method: "refreshNodes"}.
		Ask(port, "the NameNode reads who is excluded")
}

// graceful is RefreshNodesRequestProto{decommissionType: GRACEFUL}: containers run to
// their end, for as long as the ResourceManager is configured to wait.
var graceful = [...]byte{1 << 3, 2}

// RefreshNodeManagers has the ResourceManager read who is excluded.
func RefreshNodeManagers(port int, user string) *ferry.Ask {
	return Call{
		User: user, Protocol: "org.apache.hadoop.yarn.server.api.ResourceManagerAdministrationProtocolPB",
		Method: "refreshNodes", Request: graceful[:],
	}.Ask(port, "the ResourceManager reads who is excluded")
}

// Staying are the workers that stay when others leave.
type Staying struct {
	Nodes []string `json:"nodes"`
}

// Copies refuses a leave after which a file could not have all its copies, or where
// blocks are missing already.
func (s Staying) Copies(port int) *ferry.Ask {
	return script.Of(CopiesProtocol, port, fmt.Sprintf("no file asks for more than %d copies, and no block is missing", len(s.Nodes)), s)
}

// Blocks waits until all others have given up their blocks and none lacks a copy.
func (s Staying) Blocks(port int) *ferry.Ask {
	return script.Of(BlocksProtocol, port, "every block has its copies on those that stay", s)
}

// Containers waits until nothing runs on the others.
func (s Staying) Containers(port int) *ferry.Ask {
	return script.Of(ContainersProtocol, port, "what runs on those that leave comes to its end", s)
}
