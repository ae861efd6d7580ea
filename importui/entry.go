package importui

import (
	"net/http"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/notify"
)

// entryBody is the page of a link.
type entryBody struct {
	Kinds      []kindView
	NeedYou    int
	UsersFirst bool
	None       bool // nothing was imported yet
}

// kindView is a kind on the page of a link.
type kindView struct {
	Kind    adcimport.Kind
	Last    *runView
	Open    *runView
	NeedYou int
	Review  int
}

func (v *visit) entry() error {
	newest, err := v.newest()
	if err != nil {
		return err
	}
	body := entryBody{None: len(newest) == 0, UsersFirst: !newest.imported(adcimport.KindUser)}
	for _, k := range []adcimport.Kind{adcimport.KindUser, adcimport.KindCustomer} {
		kv, err := v.kindView(newest, k)
		if err != nil {
			return err
		}
		body.NeedYou += kv.NeedYou
		body.Kinds = append(body.Kinds, kv)
	}
	return v.show(http.StatusOK, "entry", page{Title: v.link.Title, Body: body})
}

// kindView is what became of a kind, and how many need a person: those that wait for
// a choice now, and those that failed in the last run and in its retries.
func (v *visit) kindView(newest recent, k adcimport.Kind) (kindView, error) {
	kv := kindView{Kind: k}
	for r, err := range v.imp.ToReview(v.ctx(), k) {
		if err != nil {
			return kv, err
		}
		if r.LinkTo == "" && !r.Create {
			kv.Review++
		}
	}
	kv.NeedYou = kv.Review
	if r := newest.open(k); r != nil {
		kv.Open = v.viewOf(r)
	}
	last := newest.first(func(r *adcimport.RunInfo) bool { return r.Kind == k && r.RetryOf == "" && r.Status.Ended() })
	if last == nil {
		return kv, nil
	}
	info := *last
	if info.Counts.Failed > 0 {
		var body runBody
		if err := v.lastWord(&info, &body); err != nil {
			return kv, err
		}
	}
	kv.Last = v.viewOf(&info)
	for _, line := range notify.Needs(info.Summary) {
		if line.Reason != adcimport.ReasonPossibleMatch {
			kv.NeedYou += line.Count
		}
	}
	return kv, nil
}

// historyBody is the list of runs.
type historyBody struct {
	Runs  []*runView
	From  int
	Older int // where the next page begins; 0: there is none
}

const historyRows = 50

func (v *visit) history() error {
	from := number(v.r.URL.Query().Get("from"))
	body := historyBody{From: from}
	i := 0
	for info, err := range v.imp.Runs(v.ctx()) {
		if err != nil {
			return err
		}
		switch {
		case i < from:
		case len(body.Runs) == historyRows:
			body.Older = i
		default:
			body.Runs = append(body.Runs, v.viewOf(&info))
		}
		if i++; body.Older > 0 {
			break
		}
	}
	return v.show(http.StatusOK, "history", page{Title: v.views.text("import_history"), Wide: true, Body: body})
}

func number(s string) int {
	n := 0
	for _, r := range s {
		if r < '0' || r > '9' || n > 1_000_000 {
			return 0
		}
		n = n*10 + int(r-'0')
	}
	return n
}
