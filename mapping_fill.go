package adcimport

// CustomerFill switches on what [DefaultCustomerMapping] leaves off: values for
// fields that SecurityTrax requires of a customer and Alarm.com may lack (FACTS
// of SecurityTrax, "Required to create a customer"). A text fills an empty field
// of that name; the zero value fills nothing. Without a value the sink's
// validation rejects such a customer with each field it misses.
type CustomerFill struct {
	LastNameFromCompany bool // a customer without last name takes the company's name
	FirstName           string
	LastName            string // after the company's name, where that is on
	Phone1              string
	City                string
	State               string
	SaleDate            string // 2006-01-02
}

// Mapping is [DefaultCustomerMapping] with the fills. What cannot be, as a
// SaleDate that is no date, is found when the mapping is checked.
func (f CustomerFill) Mapping() Mapping {
	m := DefaultCustomerMapping()
	defaults := map[string]string{
		"FirstName": f.FirstName, "LastName": f.LastName, "Phone1": f.Phone1,
		"City": f.City, "State": f.State, "SaleDate": f.SaleDate,
	}
	for i := range m.Rules {
		r := &m.Rules[i]
		r.Default = defaults[r.To]
		if r.To == "LastName" && f.LastNameFromCompany {
			r.From = append(r.From, "CompanyName")
			r.Transforms = append(r.Transforms, Transform{Name: "first_of"})
		}
	}
	return m
}
