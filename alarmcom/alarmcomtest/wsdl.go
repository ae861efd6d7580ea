package alarmcomtest

import (
	"html/template"
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
	here := "http://" + template.HTMLEscapeString(r.Host) + basePath + "/" + service + ".asmx"
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	_, _ = w.Write(location.ReplaceAllLiteral(text, []byte(`location="`+here+`"`)))
}
