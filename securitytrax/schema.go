package securitytrax

// Schema says how the SecurityTrax API names things. What its public pages and
// samples do not tell (marked [?]) is an assumption, and every assumption of this
// package is a value in here: a host that knows better changes what
// [DefaultSchema] returns. The marks below say where a name is from: [A]
// SecurityTrax's own text, [B] public samples, [?] assumed.
//
// The zero Schema is the default. In any other, each name is used as it is. An
// attribute or relationship whose name is empty is not sent, unless its comment
// says that it is required.
//
//nolint:recvcheck // it is large: what asks it often takes no copy
type Schema struct {
	Customers        Resource // [A]
	Locations        Resource // [A] the offices
	Users            Resource // [?]
	Reps             Resource // [?] who can be the rep of a customer
	PermissionGroups Resource // [?]
	CustomerTags     Resource // [?]
	UserTags         Resource // [?]
	ISPs             Resource // [?] the links
	ISPConnections   Resource // [?] a customer's account at a link

	Customer   CustomerNames
	User       UserNames
	Connection ConnectionNames
	Monitoring MonitoringNames // [?] zero: the central station's data are attributes of the customer
	Name       string          // [?] attribute that names an office, a tag or a permission group; required
	Active     string          // [?] attribute of a link that tells whether it is active

	Clear      Clearing // [?] how an update empties an attribute
	CustomerID IDPlace  // [?] where the Alarm.com id of a customer is kept and looked up

	RepFilter     string // [?] filter expression that reps fulfil, in addition; empty: every user may be one
	PhoneForms    string // [?] how phones are written, for matching: digits, dashes, national, e164, the likeliest first, with spaces
	FilterParam   string // [A] query parameter of the filter expression; required
	IncludeParam  string // [A] query parameter of the related resources; required
	PageSizeParam string // [?] query parameter of the page size; empty: not sent, since unknown parameters get 400
	PageSize      int    // value for PageSizeParam
	Paging        Paging // [?] how a list goes on
	PageParam     string // [?] query parameter of the page's number or offset; required for these ways, else empty
	FirstPage     int    // [?] number of the first page, 0 or 1, where Paging is PagingNumber
	FindChunk     int    // ids in one look-up; at least 1
	MaxURLBytes   int    // length of a look-up's URL; at least 500
	// ForbiddenIsInvalid says that an error document with status 403, in reply to a
	// write, is about what the record holds, as one with 422 is [?]. Otherwise it says
	// that the login may not write it, and matches adcimport.ErrDenied. A 403 without
	// an error document never is about the record.
	ForbiddenIsInvalid bool
	// ErrorMember is the member of an error object that names the attribute or the
	// relationship at fault, where its source has no pointer [?], as in "field" or,
	// within another member, "meta.field"; empty: none does.
	ErrorMember       string
	UsernameTakenCode string // [?] error code of a user name that is taken, besides status 409
	IdempotencyHeader string // [?] header that carries the idempotency key; harmless where it is not known; empty: not sent
}

// Resource is where a resource lives and what its type is called. Both are
// required.
type Resource struct {
	Path string // below the base URL, without slashes around it
	Type string
}

// IDPlace says where SecurityTrax keeps the Alarm.com id of a customer.
type IDPlace int

const (
	// IDInConnection keeps it in the customer's ISP connection.
	IDInConnection IDPlace = iota
	// IDInAttribute keeps it in the attribute CustomerNames.AlarmComID.
	IDInAttribute
	// IDNowhere keeps none. Customers cannot be looked up then, and a customer
	// in doubt ends as failed.
	IDNowhere
)

// Clearing says how an update empties an attribute.
type Clearing int

const (
	// ClearWithNull sends null.
	ClearWithNull Clearing = iota
	// ClearWithEmpty sends an empty text.
	ClearWithEmpty
	// ClearNever clears nothing. What was emptied at Alarm.com keeps its value, and the
	// summary names the fields.
	ClearNever
)

// CustomerNames are the attributes and relationships of a customer.
type CustomerNames struct {
	FirstName       string // [A] required
	LastName        string // [A] required
	Phone           string // [A] required
	City            string // [A] required
	State           string // [A] required
	RecordType      string // [A] required; always RecordTypeValue
	RecordTypeValue string // [A] required
	SaleDate        string // [A] required

	BusinessName       string // [B]
	BusinessContact    string // [B] first and last name, for a new business
	AccountType        string // [B] of a new customer: AccountBusiness when there is a business name, else AccountResidential
	AccountBusiness    string // [B]
	AccountResidential string // [B]
	Address1           string // [B]
	Zip                string // [B]
	Email              string // [B]

	TwoWayVoice    string // [?] named as in the older XML interface
	AccountNumber  string // [?] likewise
	ReceiverNumber string // [?]
	AlarmComID     string // [?] used when Schema.CustomerID is IDInAttribute, and required then

	Location string // [A] relationship; required
	Rep      string // [?] relationship
	Tags     string // [?] relationship
	// Connections is the relationship that carries the new ISP connection [?],
	// nested with an empty id, a variance seen in [B].
	Connections string
}

// UserNames are the attributes and relationships of a user, all [?].
type UserNames struct {
	FirstName, LastName string // required
	Username            string // required
	Email               string // required
	Address1, Address2  string
	City, State, Zip    string
	CellPhone           string
	Active              string
	CanLogin            string // required
	// SendLoginEmail is the attribute that asks for the login e-mail on create;
	// empty: SecurityTrax sends it by itself when CanLogin is on.
	SendLoginEmail string
	AlarmComID     string // keeps the support id; empty: users cannot be looked up by it

	PermissionGroup string // relationship; required
	Tags            string // relationship
}

// ConnectionNames are those of an ISP connection, all [?].
type ConnectionNames struct {
	AlarmComID string // attribute: the customer id at the link; required where connections are used
	ISPID      string // attribute of a look-up that selects the link; empty: connections of every link are looked at
	ISP        string // relationship to the link; required where connections are used
	Customer   string // relationship to the customer; required where connections are used
}
