package soap

import "fmt"

// Problem says why a reply could not be read.
type Problem string

// The problems.
const (
	Empty     Problem = "an empty reply"
	HTML      Problem = "an HTML page instead of a SOAP envelope"
	NotXML    Problem = "no XML"
	NotSOAP   Problem = "XML that is no SOAP envelope"
	Doctype   Problem = "a document type declaration, which SOAP forbids"
	Encoding  Problem = "a character encoding other than UTF-8"
	Truncated Problem = "an envelope that ends too early"
	Malformed Problem = "an envelope that is malformed"
	Unknown   Problem = "an envelope with another body than the operation's"
	TooLarge  Problem = "a reply larger than allowed"
	TooDeep   Problem = "an envelope nested deeper than allowed"
	TooMany   Problem = "an envelope with more elements or attributes than allowed"
	NoList    Problem = "an envelope without the list that was asked for"
	NotAList  Problem = "an envelope whose list holds something else"
)

// FormatError says that a reply is not what it should be. It holds nothing of
// the reply's text, which may be personal.
type FormatError struct {
	Problem Problem
	Line    int // where the reader stood; 0: at the start
}

func (e *FormatError) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("%s (line %d)", e.Problem, e.Line)
	}
	return string(e.Problem)
}

// Fault is a SOAP fault. Text comes from the server as it is.
type Fault struct {
	Code string // local name: Server, Client (1.1); Receiver, Sender (1.2)
	Text string
}
