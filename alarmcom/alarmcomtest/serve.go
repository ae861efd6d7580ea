package alarmcomtest

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
)

// basePath is the path of the services, in any case, as IIS has it.
const basePath = "/WebServices"

const namespace = "http://www.alarm.com/WebServices"

// maxRequest bounds a request, in bytes.
const maxRequest = 1 << 20

const helpPage = "<!DOCTYPE html>\n<html><head><title>%s Web Service</title></head><body><h1>%s</h1></body></html>\n"

// serve serves one request.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if s.servePartner(w, r) {
		return
	}
	service, ok := serviceAt(r.URL.Path)
	switch {
	case !ok:
		html(w, http.StatusNotFound, "The resource cannot be found.")
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		s.serveGet(w, r, service)
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", "GET, HEAD, POST")
		html(w, http.StatusMethodNotAllowed, "The HTTP verb is not allowed.")
	default:
		s.servePost(w, r, service)
	}
}

// serviceAt returns the name of the service at a path, as its WSDL has it.
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
	switch query := strings.ToLower(r.URL.RawQuery); {
	case s.opts.wsdlDir != "" && query == "wsdl":
		s.serveWSDL(w, r, service)
	case s.opts.wsdlDir != "" && query == "disco":
		serveDisco(w, r, service)
	default:
		html(w, http.StatusOK, service)
	}
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
	media, params := contentType(r.Header.Get("Content-Type"))
	switch media {
	case "text/xml":
	case "application/soap+xml":
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
	req, err := x.read(text, params)
	if err != nil {
		why := badRequest()
		errors.As(err, &why)
		x.fault(why.code, why.text)
		return
	}
	s.dispatch(x, req, text)
}

// read reads a request and finds its operation.
func (x *exchange) read(text []byte, params map[string]string) (*envelope, error) {
	text, ok := toUTF8(text, params["charset"])
	if !ok {
		return nil, badRequest()
	}
	req, err := parseEnvelope(text, x.soap12)
	if err != nil {
		return nil, err
	}
	if err := x.route(req, x.action(params)); err != nil {
		return nil, err
	}
	return req, x.args.checkValues()
}

// contentType reads a media type. Some clients write an action without the
// quotes that it needs.
func contentType(header string) (media string, params map[string]string) {
	if media, params, err := mime.ParseMediaType(header); err == nil {
		return media, params
	}
	parts := strings.Split(header, ";")
	params = map[string]string{}
	for _, part := range parts[1:] {
		name, value, _ := strings.Cut(part, "=")
		params[strings.ToLower(strings.TrimSpace(name))] = strings.Trim(strings.TrimSpace(value), `"`)
	}
	return strings.ToLower(strings.TrimSpace(parts[0])), params
}

// action returns the SOAP action and whether there is one: in SOAP 1.1 a header,
// in SOAP 1.2 a parameter of the content type.
func (x *exchange) action(params map[string]string) *string {
	if x.soap12 {
		action, ok := params["action"]
		if !ok {
			return nil
		}
		return &action
	}
	if values := x.r.Header.Values("SOAPAction"); len(values) > 0 {
		action := strings.Trim(strings.TrimSpace(values[0]), `"`)
		return &action
	}
	return nil
}

// route finds the operation: by the action, which SOAP 1.2 may leave out.
func (x *exchange) route(req *envelope, action *string) error {
	switch {
	case action == nil && !x.soap12:
		return &refusal{"Client", "Unable to handle request without a valid action parameter. Please supply a valid soap action."}
	case req.body == nil || req.body.space != namespace:
		return &refusal{"Client", "Unable to handle request. The request element is not known."}
	case action != nil && *action != namespace+"/"+req.body.name:
		return &refusal{"Client", "Server did not recognize the value of HTTP Header SOAPAction."}
	}
	if _, ok := services[x.service][req.body.name]; !ok {
		return &refusal{"Client", "Server did not recognize the request element."}
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
	want := s.login()
	return auth != nil && auth.text("User") == want.user && auth.text("Password") == want.password &&
		(want.device == "" || auth.text("TwoFactorDeviceId") == want.device)
}
