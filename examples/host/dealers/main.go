// Dealers runs 20 invented dealers for the host to import, on 127.0.0.1, until it is
// interrupted. It writes the file that the host's -accounts names. The host may be
// killed and restarted meanwhile; restart both, with a new database, once these ended.
//
//	go run ./examples/host/dealers -accounts /tmp/accounts.json
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/securitytrax/adcimport/examples/host/fakes"
)

func main() {
	path := flag.String("accounts", "accounts.json", "file to write")
	n := flag.Int("n", 20, "how many dealers")
	customers := flag.Int("customers", 200, "of each")
	users := flag.Int("users", 10, "of each")
	flag.Parse()
	if err := run(*path, *n, *customers, *users); err != nil {
		fmt.Fprintln(os.Stderr, "dealers:", err)
		os.Exit(1)
	}
}

func run(path string, n, customers, users int) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	dealers := fakes.Start(n, customers, users)
	defer dealers.Close()
	if err := dealers.WriteAccounts(path); err != nil {
		return err
	}
	fmt.Printf("%d dealers are up; %s says how to reach them\n", n, path)
	<-ctx.Done()
	return nil
}
