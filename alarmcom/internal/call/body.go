package call

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// body returns a reader of resp's body, unpacked where the transport has not
// done that. What names no packing is none: services write the charset there.
func body(resp *http.Response) (io.Reader, error) {
	packed := 0
	for encoding := range strings.SplitSeq(strings.ToLower(strings.Join(resp.Header.Values("Content-Encoding"), ",")), ",") {
		switch strings.TrimSpace(encoding) {
		case "", "identity", "none", "utf-8", "utf8", "us-ascii", "ascii", "8bit", "binary", "chunked":
		case "gzip", "x-gzip":
			packed++
		default:
			return nil, errBadReply
		}
	}
	switch packed {
	case 0:
		return resp.Body, nil
	case 1:
		r, err := gzip.NewReader(resp.Body)
		if err != nil {
			return nil, fmt.Errorf("unpack the reply: %w", err)
		}
		return r, nil
	}
	return nil, errBadReply
}
