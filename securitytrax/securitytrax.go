// Package securitytrax is the Sink of an import: customers and users, written
// over the SecurityTrax JSON:API.
//
// SecurityTrax enforces no uniqueness of customers, so this package never
// repeats a create that may have happened: it reports adcimport.WriteUnknown, and
// the importer looks the record up before it goes on. Requests that only read
// are repeated with full-jitter backoff. All requests of a [Sink] share one
// token bucket and one token.
//
// What the public description of the API leaves open is a value of [Schema].
package securitytrax

import (
	"sync"
	"sync/atomic"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/matching"
	"github.com/securitytrax/adcimport/match"
)

// Sink writes one SecurityTrax account. It is safe for concurrent use, keeps
// nothing open and needs no Close.
type Sink struct {
	cfg     settings // without Transport
	schema  Schema
	client  *client
	judge   *matching.Judge
	unasked unasked
	reps    allReps
	dry     atomic.Bool // the last call that writes sent nothing, as the service served nobody

	tagLock chan struct{} // of one: makes missing user tags one at a time
	tagMu   sync.Mutex
	tagIDs  map[string]string // user tags that are known, by name
}

var (
	_ adcimport.Sink                   = (*Sink)(nil)
	_ adcimport.RepFinder              = (*Sink)(nil)
	_ adcimport.CustomerOptionsChecker = (*Sink)(nil)
	_ adcimport.UserOptionsChecker     = (*Sink)(nil)
	_ adcimport.UserTagMaker           = (*Sink)(nil)
	_ adcimport.CustomerValidator      = (*Sink)(nil)
	_ adcimport.UserValidator          = (*Sink)(nil)
	_ adcimport.CustomerSinkLister     = (*Sink)(nil)
	_ adcimport.UserSinkLister         = (*Sink)(nil)
	_ adcimport.Checker                = (*Sink)(nil)
	_ adcimport.AbsenceProver          = (*Sink)(nil)
	_ adcimport.CustomerTracer         = (*Sink)(nil)
	_ adcimport.CustomerMatcher        = (*Sink)(nil)
	_ adcimport.UserMatcher            = (*Sink)(nil)
	_ adcimport.CustomerUpdater        = (*Sink)(nil)
	_ adcimport.UserUpdater            = (*Sink)(nil)
	_ adcimport.CustomerReader         = (*Sink)(nil)
	_ adcimport.UserReader             = (*Sink)(nil)
	_ adcimport.Warner                 = (*Sink)(nil)
)

// New makes a Sink. It sends nothing. A setting that cannot work is an
// *adcimport.InvalidOptionsError that names the field.
func New(cfg Config) (*Sink, error) {
	resolved, err := cfg.resolve()
	if err != nil {
		return nil, err
	}
	c, err := newClient(resolved)
	if err != nil {
		return nil, err
	}
	judge, err := matching.NewJudge(match.Rules{}) // what is asked for; the importer weighs it by the host's rules
	if err != nil {
		return nil, err
	}
	return &Sink{
		judge:   judge,
		cfg:     resolved.withoutTransport(),
		schema:  resolved.schema,
		client:  c,
		tagLock: make(chan struct{}, 1),
		tagIDs:  make(map[string]string),
	}, nil
}
