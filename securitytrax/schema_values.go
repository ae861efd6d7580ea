package securitytrax

// MonitoringNames place the data of the central station in a resource related to the
// customer, such as its monitoring connection: all [?]. The zero value keeps them in
// attributes of the customer, as [CustomerNames] names them.
//
// A create carries the new resource nested, with an empty id. An update reads which
// one the customer has, and changes that; where there is none it makes one, and where
// there are several the record is rejected.
type MonitoringNames struct {
	Relationship string   // of a customer; required where anything else is set
	ToOne        bool     // the relationship holds one resource, not a list
	Resource     Resource // where the related resources live, and their type; required

	// Attributes of the related resource. At least one is required. What has a name
	// here is not written to the customer; what has none is, as CustomerNames says.
	TwoWayVoice    string
	AccountNumber  string
	ReceiverNumber string
}

// Paging says how a list goes on.
type Paging int

const (
	// PagingLinks follows links.next [J].
	PagingLinks Paging = iota
	// PagingNumber asks for the next page by its number, in Schema.PageParam, until
	// a page is empty: one request more for each list that is not. links.next is not
	// looked at.
	PagingNumber
	// PagingOffset does the same by the number of resources that came before.
	PagingOffset
)

// monitors reports whether the central station's data has a resource of its own.
func (s *Schema) monitors() bool { return s.Monitoring.Relationship != "" }

// checkMonitoring refuses names of which some are missing.
func (s *Schema) checkMonitoring() error {
	m := s.Monitoring
	if m == (MonitoringNames{}) {
		return nil
	}
	switch c := s.Customer; {
	case m.Relationship == "":
		return invalidConfig("Schema.Monitoring.Relationship", "is required where another name of Monitoring is set")
	case m.Relationship == c.Connections, m.Relationship == c.Location, m.Relationship == c.Rep, m.Relationship == c.Tags:
		return invalidConfig("Schema.Monitoring.Relationship", "must not be another relationship of Customer")
	case m.TwoWayVoice == "" && m.AccountNumber == "" && m.ReceiverNumber == "":
		return invalidConfig("Schema.Monitoring", "must name TwoWayVoice, AccountNumber or ReceiverNumber")
	}
	return checkResource("Monitoring.Resource", m.Resource)
}

// checkPaging refuses a way to page that lacks its parameter, and one without a way.
func (s *Schema) checkPaging() error {
	switch {
	case s.Paging < PagingLinks || s.Paging > PagingOffset:
		return invalidConfig("Schema.Paging", "must be PagingLinks, PagingNumber or PagingOffset")
	case s.Paging == PagingLinks && s.PageParam != "":
		return invalidConfig("Schema.PageParam", "must be empty where Paging is PagingLinks")
	case s.Paging != PagingLinks && s.PageParam == "":
		return invalidConfig("Schema.PageParam", "is required where Paging is not PagingLinks")
	case s.Paging != PagingLinks && (s.PageParam == s.PageSizeParam || s.PageParam == s.FilterParam || s.PageParam == s.IncludeParam):
		return invalidConfig("Schema.PageParam", "must not be another parameter of Schema")
	case s.FirstPage < 0 || s.FirstPage > 1:
		return invalidConfig("Schema.FirstPage", "must be 0 or 1")
	}
	return nil
}
