package api

// MaxText is the longest application text that is taken, in bytes.
const MaxText = 1 << 20

// TrailerProblem is the HTTP trailer that carries a Problem when a stream of raw
// bytes (a log, a tar) fails after its first byte. Absent: the stream is whole.
const TrailerProblem = "Ferry-Problem"

// NDJSONType is the media type of a stream of Reports, one JSON object a line.
const NDJSONType = "application/x-ndjson"

// Report is one line of a stream that ends with a result. Exactly one member is
// set; the last line has Result or Error.
type Report[T any] struct {
	Progress *string  `json:"progress,omitempty" doc:"A step that was taken, in a line."`
	Result   *T       `json:"result,omitempty" doc:"What came out; the last line."`
	Error    *Problem `json:"error,omitempty" doc:"Why nothing came out; the last line."`
}

// The names of the events on an event stream. What happened comes as "message",
// the name that a browser assumes.
const (
	EventMessage = "message" // a ferry.Event
	EventProblem = "problem" // a Problem; the stream is over
	EventEnd     = "end"     // an End; the stream is over
)

// End is sent when a job's stream is complete, to tell that from a lost connection.
type End struct {
	Job string `json:"job,omitempty" doc:"The job that is over."`
}

// BuildRequest names the recipes to build.
type BuildRequest struct {
	Recipes []string `json:"recipes,omitempty" doc:"Names of recipes; none: all of them."`
}

// DoctorRequest says whether to mend.
type DoctorRequest struct {
	Fix bool `json:"fix,omitempty" doc:"Mend what can be mended."`
}

// The first byte of each binary message of an exec's WebSocket.
const (
	StreamIn  byte = 0 // to the command
	StreamOut byte = 1
	StreamErr byte = 2
)

// MaxFrame is the longest message of an exec's WebSocket, in bytes.
const MaxFrame = 1 << 20

// StdinWindow is how many bytes of input a client may send beyond what the server
// reported as read. The server goes on listening while the command does not read,
// so that a closed socket is noticed. A client that ignores Read is held back by
// the connection instead.
const StdinWindow = 256 << 10

// ExecControl is a text message of an exec's WebSocket. One member is set.
type ExecControl struct {
	Resize     *Size `json:"resize,omitempty" doc:"To the server: the terminal's new size."`
	CloseStdin bool  `json:"close_stdin,omitempty" doc:"To the server: the input ends here."`
	// Read is how many more bytes of input the command has taken.
	Read  int      `json:"read,omitempty" doc:"To the client: that many more bytes of input were read."`
	Exit  *int     `json:"exit,omitempty" doc:"To the client, last: the command's exit code."`
	Error *Problem `json:"error,omitempty" doc:"To the client, last: why there is no exit code."`
}
