package service

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// ErrPacked says that a reply is packed in a way that nobody asked for.
var ErrPacked = errors.New("the reply is packed in an unknown way")

// Body returns a reader of resp's body, unpacked where the transport has not
// done that. What names no packing is none: services write the charset there. What is said
// to be packed and is not, or the other way round, is read as it is.
func Body(resp *http.Response) (io.Reader, error) {
	packed := 0
	for encoding := range strings.SplitSeq(strings.ToLower(strings.Join(resp.Header.Values("Content-Encoding"), ",")), ",") {
		switch strings.TrimSpace(encoding) {
		case "", "identity", "none", "utf-8", "utf8", "us-ascii", "ascii", "8bit", "binary", "chunked":
		case "gzip", "x-gzip":
			packed++
		default:
			return nil, ErrPacked
		}
	}
	if packed > 1 {
		return nil, ErrPacked
	}
	body := bufio.NewReaderSize(resp.Body, len(gzipStart))
	if start, err := body.Peek(len(gzipStart)); err != nil || !bytes.Equal(start, []byte(gzipStart)) {
		return body, nil // also where it ends or breaks at once: that comes again
	}
	r, err := gzip.NewReader(body)
	if err != nil {
		return nil, fmt.Errorf("unpack the reply: %w", err)
	}
	return r, nil
}

// gzipStart is what a gzip file by deflate begins with, and no text does.
const gzipStart = "\x1f\x8b\x08"
