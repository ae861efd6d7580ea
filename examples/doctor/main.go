// Doctor looks at a pair of real accounts, reads only, and says whether an
// import can work: login and link, which operations answer and how fast, what
// the mapping makes of one customer (described, not shown), and which of the
// things that adcimport takes for granted hold there.
//
//	go run ./examples/doctor -fake
//	ALARMCOM_USER=... go run ./examples/doctor -customer 1000012
//
// Credentials come from the environment; -help has the names. Any request that
// might write is refused before it is sent, whatever the program does.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/securitytrax"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "doctor:", err)
		os.Exit(1)
	}
}

// errUnwell says that something was found that an import would stumble over.
var errUnwell = errors.New("not everything is as it should be; see the lines above that begin with FAILS or NOT SO")

// run is the program: everything that main takes from the process is an
// argument.
func run(ctx context.Context, args []string, env func(string) string, out, usage io.Writer) error {
	s, err := readSettings(args, env, usage)
	if err != nil {
		return err
	}
	if s.fake {
		f := newFakes() //nolint:contextcheck // the servers end with close, not with a context
		defer f.close()
		s = f.settings(s)
	}
	return examine(ctx, s, out)
}

// examine builds both clients on transports that watch and refuse to write, and
// takes one look after another.
func examine(ctx context.Context, s settings, out io.Writer) error {
	alarmWatch, crmWatch := newWatch(readsAlarmCom), newWatch(readsSecurityTrax)
	s.alarm.Transport, s.crm.Transport = alarmWatch, crmWatch
	if s.alarm.Logger == nil {
		s.alarm.Logger, s.crm.Logger = slog.New(waits{out}), slog.New(waits{out})
	}
	source, err := alarmcom.New(s.alarm)
	if err != nil {
		return err
	}
	other := s.alarm
	other.SOAP12 = !other.SOAP12
	otherSource, err := alarmcom.New(other)
	if err != nil {
		return err
	}
	partnerWatch := newWatch(readsPartner(s.tokenURL()))
	partner, err := newPartnerSource(s, partnerWatch)
	if err != nil {
		return err
	}
	sink, err := securitytrax.New(s.crm)
	if err != nil {
		return err
	}
	r := &report{out: out}
	r.print("adcimport doctor. Nothing is written, neither at Alarm.com nor in SecurityTrax.\n")
	a := &alarmExam{report: r, settings: s, source: source, other: otherSource, watch: alarmWatch}
	if a.run(ctx) {
		p := &partnerExam{report: r, settings: s, source: partner, ids: a.ids, customer: a.customer.ID}
		p.run(ctx)
	}
	c := &crmExam{report: r, settings: s, sink: sink, watch: crmWatch, customer: a.customer.ID, repLogins: a.repLogins}
	c.run(ctx)
	r.calls("Calls to Alarm.com", alarmWatch)
	r.calls("Calls to the PartnerApi", partnerWatch)
	r.calls("Calls to SecurityTrax", crmWatch)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case r.unwell:
		return errors.Join(errUnwell, r.err)
	}
	r.print("\nNothing stands against an import.\n")
	return r.err
}
