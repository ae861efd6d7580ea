package securitytrax

// DefaultSchema is what the zero [Schema] stands for.
func DefaultSchema() Schema {
	return Schema{
		Customers:        Resource{Path: "customers", Type: "customers"},
		Locations:        Resource{Path: "locations", Type: "locations"},
		Users:            Resource{Path: "users", Type: "users"},
		Reps:             Resource{Path: "users", Type: "users"},
		PermissionGroups: Resource{Path: "permission_groups", Type: "permission_groups"},
		CustomerTags:     Resource{Path: "customer_tags", Type: "customer_tags"},
		UserTags:         Resource{Path: "user_tags", Type: "user_tags"},
		ISPs:             Resource{Path: "isps", Type: "isps"},
		ISPConnections:   Resource{Path: "isp_connections", Type: "isp_connections"},

		Customer: defaultCustomerNames(),
		User:     defaultUserNames(),
		Connection: ConnectionNames{
			AlarmComID: "isp_customer_id",
			ISPID:      "isp_id",
			ISP:        "isp",
			Customer:   "customer",
		},
		Name:       "name",
		Active:     "active",
		CustomerID: IDInConnection,

		PhoneForms:        "digits dashes national",
		FilterParam:       "filter",
		IncludeParam:      "include",
		FirstPage:         1,
		FindChunk:         100,
		MaxURLBytes:       6000,
		UsernameTakenCode: "username_taken",
		IdempotencyHeader: "Idempotency-Key",
	}
}

func defaultCustomerNames() CustomerNames {
	return CustomerNames{
		FirstName:       "fname",
		LastName:        "lname",
		Phone:           "primary_phone",
		City:            "city",
		State:           "state",
		RecordType:      "record_type",
		RecordTypeValue: "customer",
		SaleDate:        "sale_date",

		BusinessName:       "business_name",
		BusinessContact:    "business_contact",
		AccountType:        "account_type",
		AccountBusiness:    "Business",
		AccountResidential: "Residential",
		Address1:           "address1",
		Zip:                "zip",
		Email:              "email",

		TwoWayVoice:    "service_two_way_voice",
		AccountNumber:  "account_num",
		ReceiverNumber: "receiver_num",
		AlarmComID:     "external_id",

		Location:    "location",
		Rep:         "rep",
		Tags:        "tags",
		Connections: "isp_connections",
	}
}

func defaultUserNames() UserNames {
	return UserNames{
		FirstName:  "fname",
		LastName:   "lname",
		Username:   "username",
		Email:      "email",
		Address1:   "address1",
		Address2:   "address2",
		City:       "city",
		State:      "state",
		Zip:        "zip",
		CellPhone:  "cell_phone",
		Active:     "active",
		CanLogin:   "can_login",
		AlarmComID: "external_id",

		PermissionGroup: "permission_group",
		Tags:            "tags",
	}
}
