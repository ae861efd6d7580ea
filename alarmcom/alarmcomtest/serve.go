package alarmcomtest

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
)

// basePath is the path of the services, in any case (FACTS 1: IIS).
const basePath = "/WebServices"

const namespace = "http://www.alarm.com/WebServices"

// maxRequest bounds a request, in bytes.
const maxRequest = 1 << 20

const helpPage = "<!DOCTYPE html>\n<html><head><title>%s Web Service</title></head><body><h1>%s</h1></body></html>\n"

// serve answers one request.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if s.servePartner(w, r) {
		return
	}
	service, ok := serviceAt(r.URL.Path)
	switch {
	case !ok:
		html(w, http.StatusNotFound, "The resource cannot be found.")
	case r.Method == http.MethodGet:
		s.serveGet(w, r, service)
	case r.Method != http.MethodPost:
		html(w, http.StatusMethodNotAllowed, "The HTTP verb is not allowed.")
	default:
		s.servePost(w, r, service)
	}
}

// serviceAt answers the name of the service at a path, as its WSDL has it.
func serviceAt(path string) (string, bool) {
	for service := range services {
		if strings.EqualFold(path, basePath+"/"+service+".asmx") {
			return service, true
		}
	}
	return "", false
}

func html(w http.ResponseWriter, status int, title string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, strings.ReplaceAll(helpPage, "%s", title))
}

func (s *Server) serveGet(w http.ResponseWriter, r *http.Request, service string) {
	if s.opts.wsdlDir != "" && strings.EqualFold(r.URL.RawQuery, "wsdl") {
		s.serveWSDL(w, r, service)
		return
	}
	html(w, http.StatusOK, service)
}

// exchange is one SOAP request with what its reply depends on.
type exchange struct {
	w       http.ResponseWriter
	r       *http.Request
	soap12  bool
	service string
	op      string
	args    *node
	reply   *Reply // never nil
}

// servePost takes the steps of an .asmx: content type, action, envelope, login,
// operation.
func (s *Server) servePost(w http.ResponseWriter, r *http.Request, service string) {
	x := &exchange{w: w, r: r, service: service, reply: &Reply{}}
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case err == nil && media == "text/xml":
	case err == nil && media == "application/soap+xml":
		x.soap12 = true
	default:
		html(w, http.StatusUnsupportedMediaType, "The media type is not supported.")
		return
	}
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		html(w, http.StatusRequestEntityTooLarge, "The request is too large.")
		return
	}
	req, err := parseEnvelope(text, x.soap12)
	if err == nil {
		err = x.route(req, actionOf(r, params))
	}
	if err != nil {
		x.fault("Client", err.Error())
		return
	}
	s.dispatch(x, req, text)
}

// actionOf answers the SOAP action and whether there is one.
func actionOf(r *http.Request, params map[string]string) *string {
	if action, ok := params["action"]; ok {
		return &action
	}
	if values := r.Header.Values("SOAPAction"); len(values) > 0 {
		action := strings.Trim(values[0], `"`)
		return &action
	}
	return nil
}

// route finds the operation: by the action, which SOAP 1.2 may leave out.
func (x *exchange) route(req *envelope, action *string) error {
	switch {
	case action == nil && !x.soap12:
		return errors.New("Unable to handle request without a valid action parameter. Please supply a valid soap action.") //nolint:revive,staticcheck // the service's own text
	case req.body == nil || req.body.space != namespace:
		return errors.New("Unable to handle request. The request element is not known.") //nolint:revive,staticcheck // the service's own text
	case action != nil && *action != namespace+"/"+req.body.name:
		return errors.New("Server did not recognize the value of HTTP Header SOAPAction.") //nolint:revive,staticcheck // the service's own text
	}
	if _, ok := services[x.service][req.body.name]; !ok {
		return errors.New("Server did not recognize the request element.") //nolint:revive,staticcheck // the service's own text
	}
	x.op, x.args = req.body.name, req.body
	return nil
}

// dispatch lets the hook decide, checks the login and runs the operation.
func (s *Server) dispatch(x *exchange, req *envelope, text []byte) {
	run := services[x.service][x.op]
	id := run.id(x.args)
	n := s.log.add(Request{Op: x.op, ID: id, SOAP12: x.soap12, Body: text})
	if reply := s.hook.decide(x.op, id, n); reply != nil {
		x.reply = reply
	}
	x.reply.wait(x.r)
	if !s.loginOK(req.auth) && !x.reply.raw() && !x.reply.Reset {
		x.reply = &s.opts.badLogin
	}
	x.answer(func(b *writer) *Reply { return run.do(s, x.args, b) }, run.output)
}

// loginOK compares the Authentication header.
func (s *Server) loginOK(auth *node) bool {
	want := s.opts.credentials
	return auth != nil && auth.text("User") == want.User && auth.text("Password") == want.Password &&
		(want.TwoFactorDeviceID == "" || auth.text("TwoFactorDeviceId") == want.TwoFactorDeviceID)
}
