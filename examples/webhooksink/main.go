// Webhooksink is a Sink of one's own: each record is posted as JSON to an HTTP
// endpoint, signed, and under an idempotency key.
//
// # What the endpoint does
//
//	POST <endpoint>/customers        one customer to be created
//	POST <endpoint>/users            one user to be created
//	POST <endpoint>/customers/find   {"ids": ["1000020"]}: Alarm.com ids
//	POST <endpoint>/users/find       {"ids": ["20001"]}: support ids
//
// A create answers 201 {"id": "..."} when it made the record, and 200 with that
// id when a record with its Idempotency-Key or Alarm.com id is there already;
// 409 when another user has the user name; 400, 413 or 422, with {"fields":
// [{"field": "...", "rule": "..."}]} if it likes, when the record is refused for
// good; 401, 403, 404, 405, 415 and 429 mean that nothing was done, and end the
// run. After any other answer, or none, the record is in doubt: it is looked up
// before it is sent again, under the same key.
//
// Find answers 200 {"found": {"1000020": ["id", ...]}} with those that are there.
// 429 and 503 may say Retry-After; the run is then paused and can be resumed.
//
// Every request carries Adcimport-Timestamp and Adcimport-Signature: see [Sign]
// and [Verify]. receiver.go is such an endpoint, in memory.
//
// Copy sink.go and the files it names, and keep main_test.go: it holds the sink
// to every rule of the contract. An endpoint that cannot look records up has a
// sink with ProvesAbsence (adcimport.AbsenceProver) answering false.
//
//	go run ./examples/webhooksink
//	WEBHOOK_SECRET=... go run ./examples/webhooksink -endpoint https://crm.example.com/import
//
// The program imports an invented dealer, into a receiver of its own on 127.0.0.1
// where no endpoint is given.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

func main() {
	endpoint := flag.String("endpoint", "", "where to post; empty: a receiver of this program")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *endpoint, []byte(os.Getenv("WEBHOOK_SECRET")), os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "webhooksink:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, endpoint string, secret []byte, out io.Writer) (err error) {
	if endpoint == "" {
		secret = []byte(rand.Text() + rand.Text())
		url, stop, err := serve(ctx, &Receiver{Secret: secret})
		if err != nil {
			return err
		}
		defer func() { _ = stop() }() // the import is what matters
		endpoint = url
	}
	sink, err := New(Config{Endpoint: endpoint, Secret: secret})
	if err != nil {
		return err
	}
	imp, err := adcimport.New(adcimport.Config{
		Link: "dealer-1", Source: &adcimporttest.Source{Dealer: adcimporttest.NewDealer(5, 200, 20)}, Sink: sink,
		Store: new(adcimport.MemoryStore), // a host keeps its state: see examples/statestore and package sqlstore
	})
	if err != nil {
		return err
	}
	users, err := imp.ImportUsers(ctx, adcimport.UserFilter{}, adcimport.UserOptions{Active: true, CanLogin: true})
	if err != nil {
		return err
	}
	customers, err := imp.ImportCustomers(ctx, adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s\n%s\n", users, customers)
	return err
}

// serve answers requests on a port of this machine until stop, which waits.
func serve(ctx context.Context, h http.Handler) (url string, stop func() error, err error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	return "http://" + l.Addr().String(), func() error {
		return errors.Join(s.Close(), <-done)
	}, nil
}
