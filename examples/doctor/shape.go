package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"slices"
	"strings"
)

// shape is what is kept of a SOAP reply: ids, and how values are written.
type shape struct {
	ids      []string // of an ArrayOfInt, in the order of the reply
	branches []string // BranchIds, sorted
	dates    []string // how dates are written, as in 2006-01-02T15:04:05Z, sorted
	empty    []string // texts that are written though they are empty, sorted
	version  string   // GetLatestCallerVersionResult
}

// texts are members that a client might see empty or not at all.
var texts = []string{
	"FirstName", "LastName", "CompanyName", "PrimaryEmail", "PrimaryPhoneNumber", "Street1", "Street2", "City",
	"State", "Zip", "salesRepLogin", "RepEmail", "RepPhoneNumber", "RepLoginName",
}

// dates are members that hold one.
var dates = []string{"JoinDate", "TermDate", "LastLoginDatetime", "ReadyDateUtc"}

// shapeOf reads a reply. One that cannot be read to its end has the shape of its
// beginning.
func shapeOf(reply []byte) shape {
	var s shape
	d := xml.NewDecoder(bytes.NewReader(reply))
	var text strings.Builder
	null, leaf := false, false
	for {
		tok, err := d.Token()
		if err != nil {
			break
		}
		switch t := tok.(type) {
		case xml.StartElement:
			text.Reset()
			leaf, null = true, slices.ContainsFunc(t.Attr, func(a xml.Attr) bool { return a.Name.Local == "nil" && a.Value == "true" })
		case xml.CharData:
			text.Write(t)
		case xml.EndElement:
			if leaf && !null {
				s.add(t.Name.Local, strings.TrimSpace(text.String()))
			}
			leaf = false
		}
	}
	for _, list := range []*[]string{&s.branches, &s.dates, &s.empty} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return s
}

func (s *shape) add(name, text string) {
	switch {
	case name == "int":
		s.ids = append(s.ids, text)
	case name == "BranchId":
		s.branches = append(s.branches, text)
	case name == "GetLatestCallerVersionResult":
		s.version = text
	case slices.Contains(dates, name):
		s.dates = append(s.dates, dateShape(text))
	case text == "" && slices.Contains(texts, name):
		s.empty = append(s.empty, name)
	}
}

// dateShape describes how a date is written, without the date.
func dateShape(text string) string {
	day, clock, ok := strings.Cut(text, "T")
	form := "date and time"
	if !ok {
		form = "date"
	}
	if strings.HasPrefix(day, "0001-") {
		form = "year 1 (none)"
	}
	if strings.Contains(clock, ".") {
		form += " with fraction"
	}
	switch {
	case strings.HasSuffix(clock, "Z"):
		form += ", Z"
	case strings.ContainsAny(clock, "+-"):
		form += ", with offset"
	default:
		form += ", without zone"
	}
	return form
}

// page is what is kept of a JSON:API reply.
type page struct {
	Data  json.RawMessage `json:"data"`
	Links map[string]any  `json:"links"`
}

func pageOf(reply []byte) (page, bool) {
	var p page
	return p, json.Unmarshal(reply, &p) == nil && len(p.Data) > 0
}
