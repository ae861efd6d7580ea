package call

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// body returns a reader of resp's body, unpacked where the transport has not
// done that.
func body(resp *http.Response) (io.Reader, error) {
	switch encoding := strings.ToLower(resp.Header.Get("Content-Encoding")); encoding {
	case "", "identity":
		return resp.Body, nil
	case "gzip":
		r, err := gzip.NewReader(resp.Body)
		if err != nil {
			return nil, fmt.Errorf("unpack the reply: %w", err)
		}
		return r, nil
	}
	return nil, errBadReply
}
