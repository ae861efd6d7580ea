package sqlstore_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/securitytrax/adcimport/sqlstore"
)

// moment is when a proxy makes trouble at a request.
type moment int

const (
	beforeIt    moment = iota // the server never hears of it
	inFlight                  // the server hears of it, nobody waits for what it does
	afterIt                   // the server has done it, the reply is lost
	amidReply                 // the client gets a half of the reply
	insteadOfIt               // the server runs a statement of the trouble's
)

// trouble is what becomes of a request: a cut connection, by RST or FIN, or
// another statement in its place, and with sticky in the place of all that
// follow on the connection but a ROLLBACK. The next connections may be refused.
type trouble struct {
	when    moment
	reset   bool
	instead string
	sticky  bool
	refused []string // SQLSTATEs
}

// raise is a statement that fails with an SQLSTATE.
func raise(state string) string {
	return "DO $$BEGIN RAISE SQLSTATE '" + state + "'; END$$"
}

// postgresProxy stands between a driver and the server, and makes trouble at
// chosen requests. A request is what the client waits for: all to a Sync.
type postgresProxy struct {
	net.Listener
	next  func(statement string) *trouble // of a request, one at a time
	greet func(n int) string              // a statement of the n-th connection's own

	wg      sync.WaitGroup
	mu      sync.Mutex
	conns   map[net.Conn]struct{}
	n       int
	refused []string
}

// proxied is d behind a proxy, which is closed with the test.
func (d database) proxied(tb testing.TB, next func(string) *trouble, greet func(int) string) database {
	tb.Helper()
	l, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	p := &postgresProxy{Listener: l, next: next, greet: greet, conns: make(map[net.Conn]struct{})}
	p.wg.Go(p.accept)
	tb.Cleanup(func() {
		_ = l.Close()
		p.mu.Lock()
		for c := range p.conns {
			_ = c.Close()
		}
		p.mu.Unlock()
		p.wg.Wait()
	})
	d.dsn = strings.Replace(d.dsn, "port=5432", fmt.Sprint("port=", l.Addr().(*net.TCPAddr).Port), 1) //nolint:forcetypeassert // tcp
	return d
}

// diskless makes d's tables ones that no write waits for the disk for: it may be
// slow, and is not what these tests are about. SQLite has no such tables.
func (d database) diskless(tb testing.TB) {
	tb.Helper()
	d.store(tb, sqlstore.Options{})
	if d.dialect == sqlstore.SQLite {
		return
	}
	db := d.open(tb)
	for _, table := range tables {
		mustExec(tb, db, "ALTER TABLE adcimport_"+table+" SET UNLOGGED")
	}
}

func (p *postgresProxy) accept() {
	for {
		client, err := p.Accept()
		if err != nil {
			return
		}
		p.wg.Go(func() { p.serve(client) })
	}
}

// serve ends with the connection.
func (p *postgresProxy) serve(client net.Conn) {
	server, err := net.Dial("tcp", "127.0.0.1:5432")
	if err != nil {
		_ = client.Close()
		return
	}
	p.mu.Lock()
	p.n++
	n := p.n
	p.conns[client], p.conns[server] = struct{}{}, struct{}{}
	p.mu.Unlock()
	defer func() {
		_ = client.Close()
		_ = server.Close()
	}()
	if p.start(client, server, n) != nil {
		return
	}
	var lasting *trouble
	for {
		request, statement, err := readUntil(client, "QSX")
		if err != nil {
			return
		}
		if request[0] == 'X' { // the client ends the connection
			_, _ = server.Write(request)
			return
		}
		t := p.trouble(statement)
		if t == nil && !strings.EqualFold(statement, "rollback") {
			t = lasting
		}
		if t != nil && t.sticky {
			lasting = t
		}
		if pass(client, server, request, t) != nil {
			return
		}
	}
}

// trouble asks for that of a request.
func (p *postgresProxy) trouble(statement string) *trouble {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.next(statement)
	if t != nil {
		p.refused = append(p.refused, t.refused...)
	}
	return t
}

// start lets a client in, or not.
func (p *postgresProxy) start(client, server net.Conn, n int) error {
	hello, err := readFrame(client, nil)
	if err != nil {
		return err
	}
	p.mu.Lock()
	refused := p.refused
	if len(refused) > 0 {
		p.refused = refused[1:]
	}
	p.mu.Unlock()
	if len(refused) > 0 {
		_, err := client.Write(message('E', "SFATAL\x00VFATAL\x00C"+refused[0]+"\x00Mnot now\x00\x00"))
		if err != nil {
			return err
		}
		return io.EOF
	}
	if err := exchange(client, server, hello); err != nil {
		return err
	}
	if statement := p.greet(n); statement != "" {
		return exchange(io.Discard, server, message('Q', statement+"\x00"))
	}
	return nil
}

// pass is one request and its reply. An error ends the connection.
func pass(client, server net.Conn, request []byte, t *trouble) error {
	if t == nil {
		return exchange(client, server, request)
	}
	if t.when == insteadOfIt {
		return exchange(client, server, message('Q', t.instead+"\x00"))
	}
	var reply bytes.Buffer
	switch t.when { //nolint:exhaustive // the others came before
	case inFlight:
		_, _ = server.Write(request)
	case afterIt, amidReply:
		_ = exchange(&reply, server, request)
	}
	if t.when == amidReply {
		_, _ = client.Write(reply.Bytes()[:reply.Len()/2])
	}
	if tcp, ok := client.(*net.TCPConn); ok && t.reset {
		_ = tcp.SetLinger(0)
	}
	return io.EOF
}

// exchange sends a request and copies the reply, up to ReadyForQuery or the end.
func exchange(client io.Writer, server net.Conn, request []byte) error {
	if _, err := server.Write(request); err != nil {
		return err
	}
	reply, _, err := readUntil(server, "Z")
	_, failed := client.Write(reply)
	if err != nil {
		return err
	}
	return failed
}

// readUntil reads messages until one of a type in last, and the text of a
// simple query.
func readUntil(r io.Reader, last string) (all []byte, statement string, err error) {
	for {
		head := make([]byte, 1)
		if _, err := io.ReadFull(r, head); err != nil {
			return all, "", err
		}
		frame, err := readFrame(r, head)
		all = append(all, frame...)
		if err != nil {
			return all, "", err
		}
		if head[0] == 'Q' {
			statement = string(bytes.TrimRight(frame[5:], "\x00"))
		}
		if strings.IndexByte(last, head[0]) >= 0 {
			return all, statement, nil
		}
	}
}

// readFrame reads a length and what it counts, behind head.
func readFrame(r io.Reader, head []byte) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return head, err
	}
	body := make([]byte, binary.BigEndian.Uint32(size[:])-4)
	n, err := io.ReadFull(r, body)
	return append(append(head, size[:]...), body[:n]...), err
}

// message is one of the protocol's.
func message(kind byte, body string) []byte {
	b := binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(body)+4))
	return append(b, body...)
}
