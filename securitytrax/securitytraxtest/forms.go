package securitytraxtest

import (
	"net/http"
	"strings"
)

// What SecurityTrax may do otherwise than the server without options does.

// monitoringType is the type of monitoring connections.
const monitoringType = "monitoring_connections"

// WithMonitoring keeps the data of a customer's central station in monitoring
// connections, of the relationship monitoring_connections, with the attributes
// account_num, receiver_num and two_way_voice; in one at most, of the relationship
// monitoring_connection, where toOne is set. A customer's own attributes of that kind
// break a rule then.
func WithMonitoring(toOne bool) Option {
	return func(s *settings) { s.monitoring = &relation{typ: monitoringType, many: !toOne, nested: true} }
}

// monitor makes the place for monitoring connections.
func (s *Server) monitor() {
	to := s.settings.monitoring
	if to == nil {
		return
	}
	name := "monitoring_connection"
	if to.many {
		name += "s"
	}
	s.tables["customers"].relations[name] = *to
	s.tables[monitoringType] = newTable([]string{"account_num", "receiver_num", "two_way_voice"}, map[string]relation{
		"customer": {typ: "customers"},
	})
}

// misplaced are the attributes of a customer that belong to its monitoring connection.
func (s *Server) misplaced(attributes map[string]any) []problem {
	if s.settings.monitoring == nil {
		return nil
	}
	var list []problem
	for _, name := range []string{"account_num", "receiver_num", "service_two_way_voice"} {
		if _, given := attributes[name]; given {
			list = append(list, attributeProblem(name, "unknown_attribute", ""))
		}
	}
	return list
}

// WithForbiddenRules returns 403, in place of 422, to what breaks a rule.
func WithForbiddenRules() Option {
	return func(s *settings) { s.invalidStatus = http.StatusForbidden }
}

// errorForm is how an error object names what is at fault, without a source.
type errorForm struct{ member string }

// WithErrorsBy leaves the source of error objects out. Where member is not empty, it
// has the name of the attribute or relationship at fault; one with a dot is a member
// within another.
func WithErrorsBy(member string) Option {
	return func(s *settings) { s.errorForm = &errorForm{member} }
}

// shape writes an error object as the service has it.
func (f *errorForm) shape(e map[string]any, p problem) {
	delete(e, "source")
	if f.member == "" || p.pointer == "" {
		return
	}
	parts := strings.Split(f.member, ".")
	for _, outer := range parts[:len(parts)-1] {
		inner := make(map[string]any)
		e[outer], e = inner, inner
	}
	e[parts[len(parts)-1]] = p.pointer[strings.LastIndex(p.pointer, "/")+1:]
}

// pagingForm is how pages are asked for.
type pagingForm struct {
	page, size string // parameters
	first      int    // number of the first page
	offset     bool   // page is an offset
	links      bool
}

// WithNumberedPages gives pages by a parameter with their number, counted from first,
// without links.
func WithNumberedPages(number, size string, first int) Option {
	return func(s *settings) { s.paging = pagingForm{page: number, size: size, first: first} }
}

// WithPagesByOffset gives pages by a parameter with the number of resources before
// them, without links.
func WithPagesByOffset(offset, size string) Option {
	return func(s *settings) { s.paging = pagingForm{page: offset, size: size, offset: true} }
}
