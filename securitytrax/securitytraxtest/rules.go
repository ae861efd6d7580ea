package securitytraxtest

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/securitytrax/adcimport/securitytrax"
)

// rules are what a new resource breaks.
func (s *Server) rules(typ string, attributes map[string]any) []problem {
	switch typ {
	case "customers":
		return append(customerProblems(attributes), s.misplaced(attributes)...)
	case "users":
		return userProblems(attributes)
	case "customer_tags", "user_tags":
		return requiredProblems(attributes, "name")
	}
	return []problem{{code: "read_only", pointer: "/data"}}
}

func customerProblems(a map[string]any) []problem {
	list := requiredProblems(a, "fname", "lname", "primary_phone", "city", "state", "record_type", "sale_date")
	if !isState(a["state"]) {
		list = append(list, attributeProblem("state", "inclusion", textOf(a["state"])))
	}
	if t := textOf(a["record_type"]); t != "lead" && t != "customer" {
		list = append(list, attributeProblem("record_type", "inclusion", t))
	}
	if _, err := time.Parse(time.DateOnly, textOf(a["sale_date"])); err != nil {
		list = append(list, attributeProblem("sale_date", "format", textOf(a["sale_date"])))
	}
	switch t := textOf(a["account_type"]); t {
	case "", "Residential":
	case "Business":
		list = append(list, requiredProblems(a, "business_name", "business_contact")...)
	default:
		list = append(list, attributeProblem("account_type", "inclusion", t))
	}
	return list
}

// changeProblems are what a change breaks that was not broken before.
func changeProblems(typ string, before, change map[string]any) []problem {
	if typ != "customers" {
		return nil
	}
	after := maps.Clone(before)
	maps.Copy(after, change)
	was := customerProblems(before)
	return slices.DeleteFunc(customerProblems(after), func(p problem) bool { return slices.Contains(was, p) })
}

func userProblems(a map[string]any) []problem {
	list := requiredProblems(a, "fname", "lname", "username")
	if a["can_login"] == true && !strings.Contains(textOf(a["email"]), "@") {
		list = append(list, attributeProblem("email", "required", textOf(a["email"])))
	}
	return list
}

func requiredProblems(a map[string]any, names ...string) []problem {
	var list []problem
	for _, name := range names {
		if strings.TrimSpace(textOf(a[name])) == "" {
			list = append(list, attributeProblem(name, "required", ""))
		}
	}
	return list
}

// attributeProblem quotes the value in its detail, as services do.
func attributeProblem(name, code, value string) problem {
	return problem{code: code, pointer: "/data/attributes/" + name, detail: name + " cannot be '" + value + "'"}
}

func isState(v any) bool { return slices.Contains(securitytrax.States(), textOf(v)) }

// missing names a relationship that a new resource must have.
func (*Server) missing(typ string, related map[string][]ref) (string, bool) {
	switch typ {
	case "customers":
		return "location", len(related["location"]) == 0
	case "users":
		return "permission_group", len(related["permission_group"]) == 0
	}
	return "", false
}

// usernameTaken applies to users, where the server enforces it.
func (s *Server) usernameTaken(typ string, attributes map[string]any) bool {
	if typ != "users" || !s.settings.uniqueUsernames {
		return false
	}
	name := s.settings.collation(textOf(attributes["username"]))
	return slices.ContainsFunc(s.tables["users"].rows, func(r *row) bool {
		return strings.EqualFold(s.settings.collation(textOf(r.attributes["username"])), name)
	})
}

// mail notes the login of a user who can log in.
func (s *Server) mail(r *row) {
	if r.typ != "users" || r.attributes["can_login"] != true {
		return
	}
	if name := s.settings.emailAttribute; name != "" && r.attributes[name] != true {
		return
	}
	s.emails = append(s.emails, Email{
		UserID: r.id, Username: textOf(r.attributes["username"]), To: textOf(r.attributes["email"]),
	})
}
