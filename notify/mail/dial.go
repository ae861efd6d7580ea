package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"
)

// dial connects, by TLS where that comes first.
func (c Config) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if c.Security == ImplicitTLS {
		return (&tls.Dialer{Config: c.TLS}).DialContext(ctx, network, address)
	}
	return (&net.Dialer{}).DialContext(ctx, network, address)
}

// insecure marks an error of a connection that cannot be made secure.
func (c Config) insecure(err error) error {
	_, alert := errors.AsType[tls.AlertError](err)
	_, record := errors.AsType[tls.RecordHeaderError](err)
	_, verification := errors.AsType[*tls.CertificateVerificationError](err)
	_, unknown := errors.AsType[x509.UnknownAuthorityError](err)
	if alert || record || verification || unknown || strings.Contains(err.Error(), "STARTTLS") {
		return errors.Join(ErrInsecure, err)
	}
	return err
}
