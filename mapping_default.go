package adcimport

// DefaultCustomerMapping is the mapping of SPEC C1–C15. Values stay as they are
// written at Alarm.com except that spaces around and between words are tidied
// and a state's name becomes its code; what is no state stays, for the sink's
// validation to name. The result is the caller's to change.
func DefaultCustomerMapping() Mapping {
	tidy, trim := []Transform{{Name: "collapse"}}, []Transform{{Name: "trim"}}
	return Mapping{Rules: []Rule{
		rule("FirstName", "FirstName", tidy),                                 // C1
		rule("LastName", "LastName", tidy),                                   // C2
		rule("CompanyName", "BusinessName", tidy),                            // C3
		rule("PrimaryPhoneNumber", "Phone1", trim),                           // C4
		rule("InstallAddress.Street1", "Address1", tidy),                     // C5
		rule("InstallAddress.City", "City", tidy),                            // C6
		rule("InstallAddress.State", "State", stateCode()),                   // C7
		rule("InstallAddress.Zip", "Zip", trim),                              // C8
		rule("SalesRepLogin", "RepID", trim),                                 // C9
		rule("JoinDate", "SaleDate", nil),                                    // C10
		rule("PrimaryEmail", "Email", trim),                                  // C11
		rule("CentralStation.TwoWayVoiceEnabled", "ServiceTwoWayVoice", nil), // C13
		rule("CentralStation.AccountNumber", "AccountNumber", trim),          // C14
		rule("CentralStation.ReceiverPhoneNumber", "ReceiverNumber", trim),   // C15
	}}
}

// DefaultUserMapping is the mapping of SPEC U1–U6, by the rules of
// [DefaultCustomerMapping].
func DefaultUserMapping() Mapping {
	tidy, trim := []Transform{{Name: "collapse"}}, []Transform{{Name: "trim"}}
	return Mapping{Rules: []Rule{
		rule("FirstName", "FirstName", tidy),                // U1
		rule("LastName", "LastName", tidy),                  // U2
		rule("LoginName", "Username", trim),                 // U3
		rule("Email", "Email", trim),                        // U4
		rule("Address.Street1", "Address.Street1", tidy),    // U5
		rule("Address.Street2", "Address.Street2", tidy),    // U5
		rule("Address.City", "Address.City", tidy),          // U5
		rule("Address.State", "Address.State", stateCode()), // U5
		rule("Address.Zip", "Address.Zip", trim),            // U5
		rule("Phone", "CellPhone", trim),                    // U6
	}}
}

func stateCode() []Transform {
	return []Transform{{Name: "trim"}, {Name: "state", Args: []string{"keep"}}}
}

// rule copies the transforms, so that a caller who changes one rule's does not
// change another's.
func rule(from, to string, transforms []Transform) Rule {
	return Rule{From: []string{from}, To: to, Transforms: append([]Transform(nil), transforms...)}
}
