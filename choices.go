package adcimport

// Choice is an entry of a list that a person chooses from (SPEC F6, O8).
type Choice struct{ ID, Name string }

// CustomerChoices are the lists for a customer import. A list that source or
// sink cannot give is empty.
type CustomerChoices struct{ SubDealers, Offices, Reps, CustomerTags []Choice }

// UserChoices are the lists for a user import.
type UserChoices struct{ SubDealers, Roles, PermissionGroups, UserTags []Choice }
