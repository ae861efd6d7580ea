package soap

import (
	"bufio"
	"bytes"
	"io"
)

// source counts what is read, stops at a limit, and remembers an error of the
// connection, which the XML decoder would hide behind its own.
type source struct {
	r    io.Reader
	left int64
	err  error
}

func (s *source) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	if s.left <= 0 {
		// Exactly at the limit the reply may be over.
		var one [1]byte
		n, err := io.ReadFull(s.r, one[:])
		if n > 0 {
			err = &FormatError{Problem: TooLarge}
		}
		return 0, s.keep(err)
	}
	if int64(len(p)) > s.left {
		p = p[:s.left]
	}
	n, err := s.r.Read(p)
	s.left -= int64(n)
	return n, s.keep(err)
}

func (s *source) keep(err error) error {
	if err != nil && err != io.EOF { //nolint:errorlint // io.Reader answers io.EOF itself
		s.err = err
	}
	return err
}

// skipBOM drops the UTF-8 byte order mark, refuses the UTF-16 ones, and says
// whether something follows.
func skipBOM(r *bufio.Reader) error {
	head, err := r.Peek(3)
	switch {
	case len(head) == 0 && err == io.EOF:
		return &FormatError{Problem: Empty}
	case len(head) == 0:
		return err
	case len(head) >= 2 && (head[0] == 0xFE && head[1] == 0xFF || head[0] == 0xFF && head[1] == 0xFE):
		return &FormatError{Problem: Encoding}
	case head[0] < ' ' && bytes.IndexByte([]byte("\t\r\n"), head[0]) < 0:
		return &FormatError{Problem: NotXML}
	case len(head) == 3 && string(head) == "\uFEFF":
		_, err = r.Discard(3)
		return err
	}
	return nil
}
