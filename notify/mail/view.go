package mail

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"net/url"
	"strconv"
	"strings"
	texttemplate "text/template"
	"time"
	"unicode"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/notify"
)

//go:embed body.txt.tmpl body.html.tmpl
var templates embed.FS

// view is a mail in words.
type view struct {
	Subject  string
	Title    string   // the first line
	Lead     []string // sentences: what happened, why, and what helps
	NeedYou  string   // as in "2 need you"; empty: nobody
	Needs    []row
	Done     []row // the Import Summary
	Left     []row
	Facts    []fact
	Link     string // the page to go to; empty: none
	LinkText string
	Quiet    bool // nothing to do
}

type row struct{ Count, Text, Help string }

type fact struct{ Name, Value string }

func (c Config) view(s adcimport.Summary) view {
	company, what := oneLine(c.Company(s)), string(s.Kind)+" import"
	v := view{Needs: rows(notify.Needs(s)), Done: rows(notify.Done(s)), Left: rows(notify.Left(s))}
	needs := notify.NeedYou(s)
	if needs > 0 {
		v.NeedYou = thousands(needs) + " need you"
		if needs == 1 {
			v.NeedYou = "1 needs you"
		}
	}
	v.Title, v.Lead = c.words(s, upperFirst(what)+" for "+company)
	v.Quiet = notify.EventOf(s) == notify.Completed && needs == 0
	v.Subject = v.Title
	if needs > 0 {
		v.Subject = v.NeedYou + ": " + what + " for " + company
		if e := notify.EventOf(s); e != notify.Completed {
			v.Subject = v.Title + " – " + v.NeedYou
		}
	}
	v.Facts = c.facts(s)
	links := c.Links(s)
	v.Link, v.LinkText = pageOf(links.Run), "Open the import"
	if review := pageOf(cmp.Or(links.Review, links.Run)); needs > 0 && review != "" {
		v.Link, v.LinkText = review, "See who needs you"
	}
	return v
}

// words are title and lead by event.
func (c Config) words(s adcimport.Summary, what string) (title string, lead []string) {
	trouble := notify.TroubleOf(s.Failure)
	done := s.Counts.Created + s.Counts.Linked + s.Counts.Updated
	kept := "Nothing is lost: " + counted(done, s.Kind) + " so far."
	switch notify.EventOf(s) {
	case notify.Completed:
		lead = []string{upperFirst(counted(done, s.Kind)) + "."}
		if done == 0 && notify.NeedYou(s) == 0 {
			lead = []string{"Everything is imported. There was nothing to do."}
		}
		return what + " is complete", lead
	case notify.Stopped:
		return what + " has stopped", []string{trouble.What, trouble.Help, kept}
	case notify.Canceled:
		return what + " was canceled", []string{"What is done stays: " + counted(done, s.Kind) + ".", "It can be resumed."}
	case notify.Failed:
		return what + " cannot go on", []string{trouble.What, trouble.Help, kept}
	case notify.Paused:
		return what + " is paused", []string{trouble.What, "Resume it at " + c.time(s.PausedUntil) + " or later.", kept}
	case notify.Waiting:
	}
	lead = []string{trouble.What}
	if f := s.Failure; f != nil && !f.Since.IsZero() {
		lead = append(lead, "The import has been waiting since "+c.time(f.Since)+".")
	}
	return what + " is waiting", append(lead, "You need not do anything: it goes on by itself, and we will tell you when it has ended.", kept)
}

func counted(n int, k adcimport.Kind) string {
	if n == 1 {
		return "1 " + string(k) + " was imported"
	}
	return thousands(n) + " " + string(k) + "s were imported"
}

func (c Config) facts(s adcimport.Summary) []fact {
	list := []fact{{"Looked at", thousands(s.Counts.Read)}, {"Started", c.time(s.Started)}}
	if !s.Finished.IsZero() {
		list = append(list, fact{"Ended", c.time(s.Finished)})
	}
	if !s.PausedUntil.IsZero() && s.Status == adcimport.StatusPaused {
		list = append(list, fact{"Next try", c.time(s.PausedUntil)})
	}
	return append(list, fact{"Import", s.RunID})
}

func (c Config) time(t time.Time) string { return t.In(c.Zone).Format("Mon, Jan 2, 2006, 3:04 PM MST") }

func rows(lines []notify.Line) []row {
	out := make([]row, len(lines))
	for i, l := range lines {
		out[i] = row{thousands(l.Count), l.Text, l.Help}
	}
	return out
}

func thousands(n int) string {
	digits := strconv.Itoa(n)
	for at := len(digits) - 3; at > 0 && digits[at-1] != '-'; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}

// oneLine is a text of the host's without what breaks a header or a line.
func oneLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s))
}

// pageOf is an address that a mail may lead to; empty: it may not.
func pageOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return ""
	}
	return u.String()
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// render writes the mail as text and as HTML.
func (v view) render() (text, html string, err error) {
	plain, err := texttemplate.ParseFS(templates, "body.txt.tmpl")
	if err != nil {
		return "", "", fmt.Errorf("read the template: %w", err)
	}
	rich, err := template.ParseFS(templates, "body.html.tmpl")
	if err != nil {
		return "", "", fmt.Errorf("read the template: %w", err)
	}
	var t, h bytes.Buffer
	if err := plain.Execute(&t, v); err != nil {
		return "", "", err
	}
	if err := rich.Execute(&h, v); err != nil {
		return "", "", err
	}
	return t.String(), h.String(), nil
}
