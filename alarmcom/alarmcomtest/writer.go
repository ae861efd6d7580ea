package alarmcomtest

import (
	"bytes"
	"encoding/xml"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// writer writes elements as XmlSerializer does: a null string is left out, a
// null value is written with xsi:nil.
type writer struct{ bytes.Buffer }

// raw writes text as it is. A buffer does not fail.
func (w *writer) raw(text string) { _, _ = w.WriteString(text) }

// escaped writes text as XML.
func (w *writer) escaped(text string) { _ = xml.EscapeText(&w.Buffer, []byte(text)) }

func (w *writer) open(name string)  { w.raw("<" + name + ">") }
func (w *writer) close(name string) { w.raw("</" + name + ">") }
func (w *writer) null(name string)  { w.raw("<" + name + ` xsi:nil="true" />`) }

// value writes a value that needs no escaping.
func (w *writer) value(name, text string) { w.raw("<" + name + ">" + text + "</" + name + ">") }

func (w *writer) number(name string, n int) { w.value(name, strconv.Itoa(n)) }
func (w *writer) truth(name string, b bool) { w.value(name, strconv.FormatBool(b)) }

// text writes a string; empty is null.
func (w *writer) text(name, text string) {
	if text == "" {
		return
	}
	w.open(name)
	w.escaped(text)
	w.close(name)
}

// id writes an id that may be null.
func (w *writer) id(name, id string) {
	if n, err := strconv.Atoi(id); err == nil && n != 0 {
		w.number(name, n)
		return
	}
	w.null(name)
}

// date writes a dateTime without a zone, unless it has one other than UTC; the
// zero time is .NET's.
func (w *writer) date(name string, t time.Time) {
	layout := "2006-01-02T15:04:05"
	if _, offset := t.Zone(); offset != 0 {
		layout += "Z07:00"
	}
	w.value(name, t.Format(layout))
}

// block writes an element around what body writes.
func (w *writer) block(name string, body func()) {
	w.open(name)
	body()
	w.close(name)
}

// answer sends what the reply wants, or what the operation gives.
func (x *exchange) answer(do func(*writer) *Reply, output bool) {
	if x.early() {
		return
	}
	w := &writer{}
	if special := do(w); special != nil {
		late := *special
		late.Slowly, late.CutAfter = max(late.Slowly, x.reply.Slowly), max(late.CutAfter, x.reply.CutAfter)
		x.reply = &late
		x.reply.wait(x.r)
		if x.early() {
			return
		}
	}
	switch {
	case x.reply.Failure != "" && output:
		w.Reset()
		writeFailure(w, x.op, x.reply.Failure)
	case x.reply.Failure != "":
		x.fault("Server", x.reply.Failure)
		return
	}
	response := &writer{}
	response.raw("<" + x.op + `Response xmlns="` + namespace + `">`)
	if !x.reply.Empty {
		response.block(x.op+"Result", func() { response.raw(w.String()) })
	}
	response.close(x.op + "Response")
	x.send(http.StatusOK, response.String())
}

// early sends what does not depend on the operation.
func (x *exchange) early() bool {
	switch {
	case x.reply.Reset:
		reset(x.w)
	case x.reply.raw():
		status := x.reply.Status
		if status == 0 {
			status = http.StatusOK
		}
		x.reply.send(x.w, x.r, status, x.reply.Body)
	case x.reply.Fault != nil:
		code := x.reply.Fault.Code
		if code == "" {
			code = "Server"
		}
		x.fault(code, x.reply.Fault.Text)
	default:
		return false
	}
	return true
}

// fault sends a SOAP fault with status 500.
func (x *exchange) fault(code, text string) {
	w := &writer{}
	if x.soap12 {
		code = strings.NewReplacer("Server", "Receiver", "Client", "Sender").Replace(code)
		w.raw("<soap:Fault><soap:Code><soap:Value>soap:" + code + `</soap:Value></soap:Code><soap:Reason><soap:Text xml:lang="en">`)
		w.escaped(text)
		w.raw("</soap:Text></soap:Reason><soap:Detail /></soap:Fault>")
	} else {
		w.raw("<soap:Fault><faultcode>soap:" + code + "</faultcode><faultstring>")
		w.escaped(text)
		w.raw("</faultstring><detail /></soap:Fault>")
	}
	x.send(http.StatusInternalServerError, w.String())
}

// send sends an envelope as .asmx writes it.
func (x *exchange) send(status int, body string) {
	space, media := soap11, "text/xml; charset=utf-8"
	if x.soap12 {
		space, media = soap12, "application/soap+xml; charset=utf-8"
	}
	x.w.Header().Set("Content-Type", media)
	x.w.Header().Set("Cache-Control", "private, max-age=0")
	x.reply.send(x.w, x.r, status, []byte(`<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="`+space+
		`" xmlns:xsi="`+xsi+`" xmlns:xsd="http://www.w3.org/2001/XMLSchema"><soap:Body>`+body+"</soap:Body></soap:Envelope>"))
}

// writeFailure writes the result of an operation that reports failures itself.
func writeFailure(w *writer, op, message string) {
	if op == "GetDealerId" {
		w.number("DealerID", 0)
	}
	if op == "GetCurrentRepInfo" {
		w.number("RepId", 0)
		w.null("BranchId")
	}
	w.truth("Success", false)
	w.text("ErrorMessage", message)
}
