package call

import (
	"io"
	"net/http"

	"github.com/securitytrax/adcimport/internal/service"
	"github.com/securitytrax/adcimport/internal/soap"
)

// inUTF8 refuses what a reply says in another encoding than UTF-8. A name in
// another one could be guessed at best, and it would be created as it was
// guessed. As long as there is nothing but ASCII, the encoding does not matter.
func inUTF8(resp *http.Response, r io.Reader) io.Reader {
	if service.SaysUTF8(resp.Header) {
		return r // the bytes tell
	}
	return asciiOnly{r}
}

// asciiOnly ends with an error at the first byte that is no ASCII.
type asciiOnly struct{ io.Reader }

func (a asciiOnly) Read(p []byte) (int, error) {
	n, err := a.Reader.Read(p)
	for _, b := range p[:n] {
		if b >= 0x80 {
			return 0, &soap.FormatError{Problem: soap.Encoding}
		}
	}
	return n, err
}
