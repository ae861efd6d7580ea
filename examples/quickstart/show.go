package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/securitytrax/adcimport"
)

func (t *tour) say(format string, args ...any) {
	_, _ = fmt.Fprintf(t.out, format+"\n", args...) // a tour nobody sees still counts
}

func (t *tour) choices(what string, choices []adcimport.Choice) {
	names := make([]string, len(choices))
	for i, c := range choices {
		names[i] = c.Name
	}
	t.say("  %-18s %s", what, strings.Join(names, ", "))
}

// progress keeps one line up to date, on a terminal only.
func (t *tour) progress(p adcimport.Progress) {
	f, ok := t.out.(*os.File)
	if !ok {
		return
	}
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return
	}
	_, _ = fmt.Fprintf(f, "\r  %d of %d … \033[K\r", p.Counts.Read, p.Total)
}

func (t *tour) summary(s *adcimport.Summary) {
	t.say("  %v", s)
	for _, r := range slices.Sorted(maps.Keys(s.ByReason)) {
		t.say("    %-19s %d", r, s.ByReason[r])
	}
	for _, w := range s.Warnings {
		t.say("    warning: %s", w)
	}
}

// calls shows what the servers counted, not what the importer says.
func (t *tour) calls() {
	a, c := t.alarm.Count, t.crm.Count
	t.say("  Alarm.com:    %d lists, %d details; constant: %d",
		a("GetCustomerList_V2")+a("GetCustomerListByBranchId"), t.details(), a("GetDealerId")+a("GetLatestCallerVersion"))
	posts, lookUps := c("POST /customers"), c("GET /customers")+c("GET /isp_connections")+c("GET /users")
	t.say("  SecurityTrax: %d creates, %d look-ups; constant: %d", posts, lookUps, c("")-posts-lookUps)
}
