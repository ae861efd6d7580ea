package mail

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/textproto"

	gomail "github.com/wneessen/go-mail"
)

// Why a mail was not sent, to be matched with [errors.Is].
var (
	ErrTemporary   = errors.New("the mail server asks to try again later")
	ErrRefused     = errors.New("the mail server refuses")
	ErrLogin       = errors.New("the mail server refuses the login")
	ErrInsecure    = errors.New("the connection is not secure, and nothing was sent")
	ErrTimeout     = errors.New("the mail server does not reply in time")
	ErrUnreachable = errors.New("the mail server cannot be reached, or broke off")
)

// SendError is what a mail server said. It has no addresses and no text of the server's,
// which may quote them.
type SendError struct {
	Step string // connect, login, sender, recipient or message
	Code int    // of SMTP; 0: the server said nothing
	err  error  // one of those above
}

func (e *SendError) Error() string {
	if e.Code == 0 {
		return fmt.Sprintf("%s: %v", e.Step, e.err)
	}
	return fmt.Sprintf("%s: %v (%d)", e.Step, e.err, e.Code)
}

func (e *SendError) Unwrap() error { return e.err }

// ofServer is what a server said at a step.
func ofServer(ctx context.Context, step string, err error) error {
	if errors.Is(err, ErrInsecure) {
		return &SendError{step, 0, ErrInsecure}
	}
	if e, ok := errors.AsType[*gomail.SendError](err); ok {
		step = stepOf(e.Reason)
		if code := e.ErrorCode(); code != 0 {
			return &SendError{step, code, kindOf(step, code)}
		}
	}
	if e, ok := errors.AsType[*textproto.Error](err); ok {
		return &SendError{step, e.Code, kindOf(step, e.Code)}
	}
	if cause := context.Cause(ctx); cause != nil {
		return &SendError{step, 0, fmt.Errorf("%w: %w", ErrTimeout, cause)}
	}
	if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() {
		return &SendError{step, 0, ErrTimeout}
	}
	return &SendError{step, 0, ErrUnreachable}
}

func kindOf(step string, code int) error {
	switch {
	case code/100 == 4:
		return ErrTemporary
	case step == stepLogin:
		return ErrLogin
	}
	return ErrRefused
}

const (
	stepConnect = "connect"
	stepLogin   = "login"
	stepMessage = "message"
)

func stepOf(r gomail.SendErrReason) string {
	switch r {
	case gomail.ErrSMTPMailFrom, gomail.ErrGetSender:
		return "sender"
	case gomail.ErrSMTPRcptTo, gomail.ErrGetRcpts:
		return "recipient"
	case gomail.ErrConnCheck:
		return stepConnect
	case gomail.ErrSMTPData, gomail.ErrSMTPDataClose, gomail.ErrSMTPReset, gomail.ErrWriteContent, gomail.ErrNoUnencoded, gomail.ErrAmbiguous:
	}
	return stepMessage
}
