package mail

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/securitytrax/adcimport"
)

// Notifier mails notices. It is safe for concurrent use.
type Notifier struct {
	name string
	mail func(ctx context.Context, s adcimport.Summary) error // a closure, which no printer looks into
}

// New makes a notifier. What is missing or out of range is an [*InvalidConfigError] that
// names the field. Nothing is sent.
func New(cfg Config) (*Notifier, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	return &Notifier{name: cfg.Name, mail: cfg.notify}, nil
}

// Name is what the store knows the notifier by.
func (n *Notifier) Name() string { return n.name }

// Notify mails a notice, in one attempt. Its error is a [*SendError], or what Config.To
// failed with. One that came after the message was handed over may mean that it arrives
// all the same; the repeated one has its Message-ID.
func (n *Notifier) Notify(ctx context.Context, s adcimport.Summary) error { return n.mail(ctx, s) }

func (c Config) notify(ctx context.Context, s adcimport.Summary) error {
	to, err := c.To(ctx, s)
	if err != nil {
		return fmt.Errorf("mail notice %s: ask who is told: %w", s.Notice, err)
	}
	if len(to) == 0 {
		return nil
	}
	msg, err := c.message(s, to)
	if err != nil {
		return fmt.Errorf("mail notice %s: %w", s.Notice, err)
	}
	if err := c.send(ctx, msg); err != nil && !msg.IsDelivered() { // what fails after that is no matter
		return fmt.Errorf("mail notice %s by %s: %w", s.Notice, c.Host, err)
	}
	return nil
}

func (c Config) message(s adcimport.Summary, to []string) (*gomail.Msg, error) {
	view := c.view(s)
	text, html, err := view.render()
	if err != nil {
		return nil, fmt.Errorf("write the text: %w", err)
	}
	msg := gomail.NewMsg()
	if err := msg.From(c.From); err != nil {
		return nil, errors.New("the sender is no address")
	}
	if err := msg.To(to...); err != nil {
		return nil, errors.New("a recipient is no address") // err would quote it
	}
	subject := view.Subject
	if c.Subject != nil {
		subject = oneLine(c.Subject(s))
	}
	msg.Subject(subject)
	msg.SetDate()
	msg.SetMessageIDWithValue(c.messageID(s.Notice))
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBodyString(gomail.TypeTextPlain, text)
	msg.AddAlternativeString(gomail.TypeTextHTML, html)
	return msg, nil
}

// messageID is the same for a notice that is repeated, and has nothing of the host's.
func (c Config) messageID(notice string) string {
	sum := sha256.Sum256([]byte(c.Name + "\x00" + notice))
	domain := "localhost"
	if from, err := netmail.ParseAddress(c.From); err == nil {
		domain = from.Address[strings.LastIndex(from.Address, "@")+1:]
	}
	return "adcimport." + hex.EncodeToString(sum[:16]) + "@" + domain
}

func (c Config) send(ctx context.Context, msg *gomail.Msg) error {
	timeout := c.Timeout
	if deadline, ok := ctx.Deadline(); ok {
		timeout = min(timeout, time.Until(deadline))
	}
	if timeout <= 0 {
		return ofServer(ctx, stepConnect, context.DeadlineExceeded)
	}
	policy, step := gomail.TLSMandatory, stepConnect
	if c.Security != StartTLS { // the dialer makes it TLS, or nobody does
		policy = gomail.NoTLS
	}
	var left func() bool // ends the watch on ctx
	options := []gomail.Option{
		gomail.WithPort(c.Port), gomail.WithTimeout(timeout), gomail.WithTLSPolicy(policy), gomail.WithTLSConfig(c.TLS),
		gomail.WithDialContextFunc(func(dialing context.Context, network, address string) (net.Conn, error) {
			conn, err := c.dial(dialing, network, address)
			if err == nil {
				left = context.AfterFunc(ctx, func() { _ = conn.Close() }) // the library only looks at the time
			}
			return conn, err
		}),
	}
	if !c.Credentials.IsZero() {
		options = append(options, gomail.WithSMTPAuthCustom(&login{Credentials: c.Credentials, host: c.Host}))
	}
	client, err := gomail.NewClient(c.Host, options...)
	if err != nil {
		return errors.New("the settings do not fit together")
	}
	defer func() {
		if left != nil {
			left()
		}
	}()
	conn, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		if strings.Contains(err.Error(), "SMTP AUTH failed") {
			step = stepLogin
		}
		return ofServer(ctx, step, c.insecure(err))
	}
	defer func() { _ = client.CloseWithSMTPClient(conn) }()
	if err := client.SendWithSMTPClient(conn, msg); err != nil {
		return ofServer(ctx, stepMessage, err)
	}
	return nil
}
