package engine_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
)

// userSink keeps users by support id. It takes every create, and finds a login
// name that another user has when it is asked.
type userSink struct {
	takes time.Duration // for one create
	blind bool          // it keeps no support ids: it finds users by their login name
	lose  bool          // the replies to creates are lost
	fails string        // the id that cannot be asked for; empty: none

	mu     sync.Mutex
	users  map[string]string // login names by support id
	called []string
}

func (s *userSink) say(format string, args ...any) {
	s.called = append(s.called, fmt.Sprintf(format, args...))
}

func (s *userSink) ProvesAbsence(adcimport.Kind) bool { return !s.blind }

func (s *userSink) FindUsers(_ context.Context, keys []adcimport.UserKey) (map[string][]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	hits := make(map[string][]string)
	var err error
	for _, k := range keys {
		s.say("find %s", k.ID)
		if k.ID == s.fails {
			return nil, fmt.Errorf("the sink refuses the login: %w", adcimport.ErrAuth)
		}
		if _, ok := s.users[k.ID]; ok && !s.blind {
			hits[k.ID] = []string{"sink-" + k.ID}
			continue
		}
		for id, login := range s.users {
			switch {
			case login == "" || !strings.EqualFold(login, k.Record.Username):
			case s.blind:
				hits[k.ID] = []string{"sink-" + id}
			default:
				err = &adcimport.RecordError{ID: k.ID, Reason: adcimport.ReasonUsernameTaken}
			}
		}
	}
	return hits, err
}

func (s *userSink) CreateUsers(_ context.Context, recs []adcimport.UserRecord) ([]adcimport.WriteResult, error) {
	time.Sleep(s.takes)
	s.mu.Lock()
	defer s.mu.Unlock()
	res := make([]adcimport.WriteResult, len(recs))
	for i, r := range recs {
		s.say("create %s", r.AlarmComID)
		s.add(r.AlarmComID, r.Username)
		if !s.lose {
			res[i] = adcimport.WriteResult{Status: adcimport.WriteCreated, ID: "sink-" + r.AlarmComID}
		}
	}
	return res, nil
}

func (s *userSink) add(id, login string) {
	if s.users == nil {
		s.users = make(map[string]string)
	}
	s.users[id] = login
}

// userList lists users, all on one page.
type userList []adcimport.User

func (l userList) Users(ctx context.Context, _ adcimport.UserFilter, from adcimport.Cursor) iter.Seq2[adcimport.Page[adcimport.User], error] {
	return adcimport.Pages(ctx, from, func(context.Context, adcimport.Cursor) (adcimport.Page[adcimport.User], error) {
		return adcimport.Page[adcimport.User]{Items: l}, nil
	})
}

func logins(names ...string) userList {
	var l userList
	for i, name := range names {
		l = append(l, adcimport.User{ID: strconv.Itoa(i + 1), FirstName: "A", LastName: "B", LoginName: name, Email: "a@example.com"})
	}
	return l
}

// importUsers imports in batches of one, and returns what became of each record.
func importUsers(t *testing.T, l userList, sink *userSink, o adcimport.UserOptions) []string {
	t.Helper()
	return outcomesOf(t, userImporter(t, l, sink).ImportUsersSeq(t.Context(), adcimport.UserFilter{}, o))
}

func userImporter(t *testing.T, l userList, sink *userSink) *adcimport.Importer {
	t.Helper()
	imp, err := adcimport.New(adcimport.Config{
		Link: "acme", Source: adcimport.UsersOnly(l), Sink: adcimport.UsersOnlySink(sink), Store: new(adcimport.MemoryStore),
		BatchSize: 1, LeaseTTL: 10 * time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	return imp
}

func outcomesOf(t *testing.T, seq iter.Seq2[adcimport.Outcome, error]) []string {
	t.Helper()
	var got []string
	for o, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, strings.TrimRight(fmt.Sprintf("%s %s %s", o.SourceID, o.Action, o.Reason), " "))
	}
	return got
}

// The sink is asked for a batch while the batch before is being written, and no
// earlier than that.
func TestLookAhead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sink := &userSink{takes: time.Second}
		got := importUsers(t, logins("a", "b", "c"), sink, adcimport.UserOptions{})
		if diff := cmp.Diff([]string{"1 created", "2 created", "3 created"}, got); diff != "" {
			t.Errorf("outcomes (-want +got):\n%s", diff)
		}
		want := []string{"find 1", "find 2", "create 1", "find 3", "create 2", "create 3"}
		if diff := cmp.Diff(want, sink.called); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	})
}

// What was free when the reader asked may be taken by the batch before: a login
// goes to the first record of a run that claims it, without another look-up
// (fault 19).
func TestLookAhead_aLoginOfTheBatchBeforeIsTaken(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		logins []string
		want   []string
	}{
		"by the batch before":    {[]string{"kim", "kim", "lee"}, []string{"1 created", "2 failed username_taken", "3 created"}},
		"in capitals":            {[]string{"kim", "KIM", "lee"}, []string{"1 created", "2 failed username_taken", "3 created"}},
		"by an earlier one":      {[]string{"kim", "lee", "kim"}, []string{"1 created", "2 created", "3 failed username_taken"}},
		"by every one":           {[]string{"kim", "kim", "kim"}, []string{"1 created", "2 failed username_taken", "3 failed username_taken"}},
		"nobody has one":         {[]string{"", "", ""}, []string{"1 created", "2 created", "3 created"}},
		"by one that was linked": {[]string{"ada", "ada", "lee"}, []string{"1 linked", "2 failed username_taken", "3 created"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sink := &userSink{takes: time.Second}
				if strings.Contains(tt.want[0], "linked") {
					sink.add("1", tt.logins[0])
				}
				got := importUsers(t, logins(tt.logins...), sink, adcimport.UserOptions{})
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("outcomes (-want +got):\n%s", diff)
				}
				finds := 0
				for _, c := range sink.called {
					if strings.HasPrefix(c, "find") {
						finds++
					}
				}
				if finds != len(tt.logins) {
					t.Errorf("%d look-ups: %v", finds, sink.called)
				}
			})
		})
	}
}

// A sink that finds records by anything but their id may find what the batch
// before created: it is asked when that is written.
func TestLookAhead_notWhereTheSinkKeepsNoIDs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sink := &userSink{takes: time.Second, blind: true}
		got := importUsers(t, logins("kim", "kim"), sink, adcimport.UserOptions{})
		if diff := cmp.Diff([]string{"1 created", "2 linked"}, got); diff != "" {
			t.Errorf("outcomes (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"find 1", "create 1", "find 2"}, sink.called); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	})
}

// An answer that is older than the settle time is not believed: somebody else may
// have made the record meanwhile.
func TestLookAhead_anOldAnswerIsAskedForAgain(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		takes time.Duration
		want  string
	}{
		"old":   {45 * time.Second, "2 linked"},
		"young": {15 * time.Second, "2 created"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sink := &userSink{takes: tt.takes}
				go func() {
					time.Sleep(10 * time.Second)
					sink.mu.Lock()
					defer sink.mu.Unlock()
					sink.add("2", "lee")
				}()
				got := importUsers(t, logins("kim", "lee"), sink, adcimport.UserOptions{})
				if diff := cmp.Diff([]string{"1 created", tt.want}, got); diff != "" {
					t.Errorf("outcomes (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// A preview and the run that follows it have the same outcomes.
func TestLookAhead_previewCreatesNothing(t *testing.T) {
	t.Parallel()
	sink := new(userSink)
	plan, err := userImporter(t, logins("a", "b"), sink).PlanUsers(adcimport.UserFilter{}, adcimport.UserOptions{})
	if err != nil {
		t.Fatal(err)
	}
	got := outcomesOf(t, plan.Outcomes(t.Context()))
	if diff := cmp.Diff([]string{"1 created", "2 created"}, got); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	if len(sink.users) > 0 || slices.Contains(sink.called, "create 1") {
		t.Errorf("the preview wrote: %v", sink.called)
	}
}

// What the reader was told of an id does not make the writer create it again, when
// the batch before has the same id: whatever became of it there.
func TestLookAhead_theBatchBeforeHasTheSameID(t *testing.T) {
	t.Parallel()
	twice := userList{logins("kim")[0], logins("kim")[0], logins("x", "lee")[1]}
	renamed := slices.Clone(twice)
	renamed[1].LoginName = "ada"
	for name, tt := range map[string]struct {
		lose bool
		list userList
		mode adcimport.Mode
		want []string
	}{
		"created":           {false, twice, adcimport.CreateOnly, []string{"1 created", "1 skipped duplicate_in_source", "2 created"}},
		"created, updating": {false, twice, adcimport.Upsert, []string{"1 created", "1 skipped duplicate_in_source", "2 created"}},
		"its reply was lost": {
			true, twice, adcimport.CreateOnly,
			[]string{"1 skipped duplicate_in_source", "1 linked in_doubt_resolved", "2 linked in_doubt_resolved"},
		},
		"its reply was lost, and it has another name": {
			true, renamed, adcimport.CreateOnly,
			[]string{"1 skipped duplicate_in_source", "1 linked in_doubt_resolved", "2 linked in_doubt_resolved"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sink := &userSink{takes: time.Second, lose: tt.lose}
				got := importUsers(t, tt.list, sink, adcimport.UserOptions{RunOptions: adcimport.RunOptions{Mode: tt.mode}})
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("outcomes (-want +got):\n%s", diff)
				}
				var creates []string
				for _, c := range sink.called {
					if strings.HasPrefix(c, "create") {
						creates = append(creates, c)
					}
				}
				if diff := cmp.Diff([]string{"create 1", "create 2"}, creates); diff != "" {
					t.Errorf("creates (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// A look-up that fails one batch ahead takes nothing from the batch that is being
// written, and the run goes on where it was.
func TestLookAhead_fails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sink := &userSink{takes: time.Second, fails: "2"}
		imp, err := adcimport.New(adcimport.Config{
			Link: "acme", Source: adcimport.UsersOnly(logins("a", "b", "c")), Sink: adcimport.UsersOnlySink(sink),
			Store: new(adcimport.MemoryStore), BatchSize: 1,
		})
		if err != nil {
			t.Fatal(err)
		}
		s, err := imp.ImportUsers(t.Context(), adcimport.UserFilter{}, adcimport.UserOptions{})
		if err == nil || s.Status != adcimport.StatusFailed || s.Counts.Created != 1 || s.Counts.Read != 1 {
			t.Fatal(s, err)
		}
		sink.fails = ""
		s, err = imp.Resume(t.Context(), s.RunID)
		if err != nil || s.Counts.Created != 3 || s.Counts.Read != 3 {
			t.Fatal(s, err)
		}
		want := []string{"find 1", "find 2", "create 1", "find 2", "find 3", "create 2", "create 3"}
		if diff := cmp.Diff(want, sink.called); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	})
}
