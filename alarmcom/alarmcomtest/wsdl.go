package alarmcomtest

import (
	"html/template"
	"io"
	"net/http"
	"os"
	"regexp"
)

// location is where a WSDL says that its service is.
var location = regexp.MustCompile(`location="[^"]*\.asmx"`)

// serveWSDL serves a WSDL that points here.
func (s *Server) serveWSDL(w http.ResponseWriter, r *http.Request, service string) {
	root, err := os.OpenRoot(s.opts.wsdlDir)
	if err != nil {
		html(w, http.StatusNotFound, "The WSDL cannot be found.")
		return
	}
	defer root.Close() //nolint:errcheck // it was only read
	text, err := root.ReadFile(service + ".wsdl")
	if err != nil {
		html(w, http.StatusNotFound, "The WSDL cannot be found.")
		return
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	own := []byte(`location="` + addressOf(r, service) + `"`)
	_, _ = w.Write(location.ReplaceAllLiteral(text, own)) //nolint:gosec // the client's Host is escaped
}

// addressOf is where the client of a request finds a service.
func addressOf(r *http.Request, service string) string {
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	return scheme + template.HTMLEscapeString(r.Host) + basePath + "/" + service + ".asmx"
}

// serveDisco serves a discovery document, which names the contract.
func serveDisco(w http.ResponseWriter, r *http.Request, service string) {
	at := addressOf(r, service)
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	doc := `<?xml version="1.0" encoding="utf-8"?><discovery xmlns="http://schemas.xmlsoap.org/disco/">` +
		`<contractRef ref="` + at + `?wsdl" docRef="` + at + `" xmlns="http://schemas.xmlsoap.org/disco/scl/" /></discovery>`
	_, _ = io.WriteString(w, doc) //nolint:gosec // the client's Host is escaped
}
