package service

import (
	"mime"
	"net/http"
	"strings"
)

// SaysUTF8 reports whether a reply's head says that its text is UTF-8, or does not
// say what it is: the bytes tell then. A name in another encoding could be guessed
// at best, so a reply in one may only have ASCII.
func SaysUTF8(h http.Header) bool {
	_, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return true
	}
	switch strings.ToLower(params["charset"]) {
	case "", "utf-8", "utf8", "us-ascii", "ascii":
		return true
	}
	return false
}
