package alarmcom

import (
	"context"
	"crypto/tls"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/guard"
	"github.com/securitytrax/adcimport/internal/pacing"
	"github.com/securitytrax/adcimport/internal/soap"
)

// namespace is that of every element, and the beginning of every action (WSDL).
const namespace = "http://www.alarm.com/WebServices"

// operation names one of the services' operations.
type operation struct{ service, name string }

// call is one call of an operation, with all its attempts.
type call struct {
	source  *Source
	ctx     context.Context //nolint:containedctx // lives no longer than the call; the retry hooks have no other way to it
	op      operation
	id      string
	read    func(io.Reader) error // reads the reply of one attempt, unpacked; it starts afresh each time
	retries int
	status  int           // of the last reply that was read
	hint    time.Duration // the service's last Retry-After
	failed  time.Time     // when the last attempt did; at first, when the call was made
	blamed  int           // attempts that failed while the service answered others
}

// reader reads the response element of one SOAP reply, to its end. It is called
// once an attempt and starts afresh each time.
type reader func(d *soap.Decoder, start xml.StartElement) error

// authentication is the header of every call (WSDL Authentication).
type authentication struct {
	XMLName           xml.Name `xml:"http://www.alarm.com/WebServices Authentication"`
	User              string   `xml:"User"`
	Password          string   `xml:"Password"`
	TwoFactorDeviceID string   `xml:"TwoFactorDeviceId,omitempty"`
}

// invoke calls op and reads its response with read. An error is an [*Error], also
// in an [*adcimport.PausedError], the context's, or the credential provider's.
func (s *Source) invoke(ctx context.Context, op operation, id string, args any, read reader) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	cred, err := s.credentials(ctx, op)
	if err != nil {
		return err
	}
	err = s.invokeWith(ctx, cred, op, id, args, read)
	if e, ok := errors.AsType[*Error](err); ok && (e.Fault != nil || errors.Is(err, adcimport.ErrAuth)) {
		// It may have waited for its turn while the login was changed.
		if now, _ := s.credentials(ctx, op); now != cred && now != (Credentials{}) {
			return s.invokeWith(ctx, now, op, id, args, read)
		}
	}
	return err
}

func (s *Source) credentials(ctx context.Context, op operation) (Credentials, error) {
	cred, err := s.cfg.CredentialProvider(ctx)
	if err != nil {
		return Credentials{}, fmt.Errorf("alarmcom: %s: credentials: %w", op.name, err)
	}
	return cred, nil
}

func (s *Source) invokeWith(ctx context.Context, cred Credentials, op operation, id string, args any, read reader) error {
	header := authentication{User: cred.User, Password: cred.Password, TwoFactorDeviceID: cred.TwoFactorDeviceID}
	envelope, err := soap.Envelope(s.cfg.version(), header, args)
	if err != nil {
		return fmt.Errorf("alarmcom: %s: %w", op.name, err)
	}
	address := s.cfg.BaseURL + "/" + op.service + ".asmx"
	req, err := retryablehttp.NewRequestWithContext(ctx, http.MethodPost, address, envelope)
	if err != nil {
		return &Error{Op: op.name, ID: id, Err: errNoRequest}
	}
	soap.SetHeader(req.Header, s.cfg.version(), namespace+"/"+op.name)
	c := &call{source: s, ctx: ctx, op: op, id: id}
	c.read = func(r io.Reader) error { return c.readSOAP(r, read) }
	return c.send(req)
}

// send makes the call's attempts.
func (c *call) send(req *retryablehttp.Request) error {
	req.Header.Set("User-Agent", c.source.cfg.UserAgent)
	req.SetResponseHandler(c.handle)
	c.failed = time.Now()
	client := retryablehttp.Client{
		HTTPClient:   c.source.http(),
		RetryMax:     math.MaxInt, // mayRepeat knows
		CheckRetry:   c.checkRetry,
		Backoff:      c.backoff,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	resp, err := client.Do(req)
	if resp != nil {
		defer resp.Body.Close() //nolint:errcheck // nothing is read from it
	}
	return c.result(err)
}

func (c Config) version() soap.Version {
	if c.SOAP12 {
		return soap.V12
	}
	return soap.V11
}

// handle reads the reply of one attempt. One that means overload is noted here,
// before its body is closed: its status need not say it.
func (c *call) handle(resp *http.Response) error {
	defer resp.Body.Close() //nolint:errcheck // it was read, or is of no use
	c.status = resp.StatusCode
	err := c.readReply(resp)
	if errors.Is(err, adcimport.ErrRateLimited) {
		pacing.PushedBack(resp)
	}
	return err
}

func (c *call) readReply(resp *http.Response) error {
	switch status := resp.StatusCode; {
	case status == http.StatusUnauthorized:
		return c.error(adcimport.ErrAuth)
	case status == http.StatusForbidden:
		return c.error(adcimport.ErrDenied)
	case status == http.StatusTooManyRequests:
		return c.error(adcimport.ErrRateLimited)
	case pacing.Overloaded(status):
		return c.error(nil)
	}
	r, err := body(resp)
	if err != nil {
		return c.error(errBrokenBody)
	}
	return c.read(inUTF8(resp, r))
}

func (c *call) readSOAP(r io.Reader, read reader) error {
	fault, err := soap.Read(r, c.source.replyBytes(c.op), c.op.name+"Response", read)
	switch {
	case err != nil:
		return c.error(readError(err))
	case fault != nil:
		return c.failure(fault.Code, fault.Text)
	case c.status != http.StatusOK:
		return c.error(&soap.FormatError{Problem: soap.Unknown})
	}
	return nil
}

// failure is a failure that the service reports, classified by the host. Only
// the host sees the whole of it: an error may be logged.
func (c *call) failure(code, text string) error {
	return c.source.failure(Fault{Op: c.op.name, ID: c.id, Code: code, Text: text}, c.status)
}

func (s *Source) failure(f Fault, status int) error {
	told := f.withoutText()
	e := &Error{Op: f.Op, ID: f.ID, Status: status, Fault: &told}
	if s.cfg.ClassifyFault != nil {
		if err := guard.Call("alarmcom.Config.ClassifyFault", func() { e.Err = s.cfg.ClassifyFault(f) }); err != nil {
			e.Err = err // here, so that the reply's body is closed
		}
	}
	return e
}

func (c *call) error(err error) error {
	return &Error{Op: c.op.name, ID: c.id, Status: c.status, Err: err}
}

// result makes the call's error from what the last attempt came to.
func (c *call) result(err error) error {
	switch {
	case err == nil:
		return nil
	case c.ctx.Err() != nil:
		return fmt.Errorf("alarmcom: %s: %w", c.op.name, context.Cause(c.ctx))
	}
	var e *Error
	if !errors.As(err, &e) {
		e = &Error{Op: c.op.name, ID: c.id, Err: connectionError(err)}
	}
	e.Attempts, e.RetryAfter = c.retries+1, c.hint
	return c.source.paused(e, err)
}

// connectionError keeps of err what has no text of the other side.
func connectionError(err error) error {
	if err == nil {
		return nil
	}
	if atURL, ok := errors.AsType[*url.Error](err); ok {
		err = atURL.Err
	}
	for _, known := range []error{pacing.ErrTimeout, errRedirect, pacing.ErrNoTurn, io.EOF, io.ErrUnexpectedEOF} {
		if errors.Is(err, known) {
			return err
		}
	}
	var op *net.OpError
	var unverified *tls.CertificateVerificationError
	if errors.As(err, &op) || errors.As(err, &unverified) {
		return err
	}
	return errBadReply
}

// readError does the same for an error of reading a reply.
func readError(err error) error {
	var format *soap.FormatError
	switch {
	case errors.As(err, &format):
		return format
	case errors.Is(err, pacing.ErrTimeout):
		return pacing.ErrTimeout
	}
	return errBrokenBody
}
