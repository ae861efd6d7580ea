package soapapi

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom/internal/account"
	"github.com/securitytrax/adcimport/alarmcom/internal/call"
	"github.com/securitytrax/adcimport/internal/soap"
)

// namespace is that of every element, and the beginning of every action (WSDL).
const namespace = "http://www.alarm.com/WebServices"

// operation names one of the services' operations.
type operation struct{ service, name string }

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

// invoke calls op and reads its response with read. An error is a [*call.Failure],
// the context's, or the credential provider's.
func (a *API) invoke(ctx context.Context, op operation, id string, args any, read reader) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	login, err := a.client.Login(ctx, op.name)
	if err != nil {
		return err
	}
	err = a.invokeWith(ctx, login, op, id, args, read)
	if e, ok := errors.AsType[*call.Failure](err); ok && (e.Fault != nil || errors.Is(err, adcimport.ErrAuth)) {
		// It may have waited for its turn while the login was changed.
		if now, unknown := a.client.Login(ctx, op.name); unknown == nil && now != login {
			return a.invokeWith(ctx, now, op, id, args, read)
		}
	}
	return err
}

func (a *API) invokeWith(ctx context.Context, login call.Login, op operation, id string, args any, read reader) error {
	auth := authentication{User: login.User, Password: login.Password, TwoFactorDeviceID: login.Device}
	envelope, err := soap.Envelope(a.soapVersion(), auth, args)
	if err != nil {
		return fmt.Errorf("alarmcom: %s: %w", op.name, err)
	}
	header := http.Header{}
	soap.SetHeader(header, a.soapVersion(), namespace+"/"+op.name)
	c := &call.Call{Client: a.client, Op: op.name, ID: id}
	c.Read = func(r io.Reader) error { return a.readReply(c, op, r, read) }
	return c.Send(ctx, http.MethodPost, a.cfg.BaseURL+"/"+op.service+".asmx", header, envelope)
}

func (a *API) readReply(c *call.Call, op operation, r io.Reader, read reader) error {
	fault, err := soap.Read(r, a.replyBytes(op), op.name+"Response", read)
	switch {
	case err != nil:
		return c.Failed(call.ReadError(err))
	case fault != nil:
		return c.Reported(fault.Code, fault.Text)
	case c.Status != http.StatusOK:
		return c.Failed(&soap.FormatError{Problem: soap.Unknown})
	}
	return nil
}

// replyBytes bounds a reply to op, in bytes.
func (a *API) replyBytes(op operation) int64 {
	switch op {
	case opGetCustomerList, opGetCustomerListByBranchID, opGetRepList:
		return a.client.ListBytes()
	case opGetDealerID, opGetBranches, opGetRepRoles:
		return a.client.Bytes(account.MaxChoiceBytes)
	}
	return a.client.Bytes(account.MaxDetailBytes)
}
