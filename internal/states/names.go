package states

// names are the English names by code; never changed.
var names = map[string]string{
	"AL": "alabama", "AK": "alaska", "AZ": "arizona", "AR": "arkansas", "CA": "california",
	"CO": "colorado", "CT": "connecticut", "DE": "delaware", "DC": "district of columbia",
	"FL": "florida", "GA": "georgia", "HI": "hawaii", "ID": "idaho", "IL": "illinois",
	"IN": "indiana", "IA": "iowa", "KS": "kansas", "KY": "kentucky", "LA": "louisiana",
	"ME": "maine", "MD": "maryland", "MA": "massachusetts", "MI": "michigan", "MN": "minnesota",
	"MS": "mississippi", "MO": "missouri", "MT": "montana", "NE": "nebraska", "NV": "nevada",
	"NH": "new hampshire", "NJ": "new jersey", "NM": "new mexico", "NY": "new york",
	"NC": "north carolina", "ND": "north dakota", "OH": "ohio", "OK": "oklahoma", "OR": "oregon",
	"PA": "pennsylvania", "RI": "rhode island", "SC": "south carolina", "SD": "south dakota",
	"TN": "tennessee", "TX": "texas", "UT": "utah", "VT": "vermont", "VA": "virginia",
	"WA": "washington", "WV": "west virginia", "WI": "wisconsin", "WY": "wyoming",

	"AS": "american samoa", "FM": "federated states of micronesia", "GU": "guam",
	"MH": "marshall islands", "MP": "northern mariana islands", "PW": "palau",
	"PR": "puerto rico", "VI": "virgin islands",

	"AB": "alberta", "BC": "british columbia", "MB": "manitoba", "NB": "new brunswick",
	"NL": "newfoundland and labrador", "NS": "nova scotia", "NT": "northwest territories",
	"NU": "nunavut", "ON": "ontario", "PE": "prince edward island", "QC": "quebec",
	"SK": "saskatchewan", "YT": "yukon",
}

// otherNames are further names in use, as fold writes them.
var otherNames = map[string]string{
	"washington dc": "DC", "washington d c": "DC", "micronesia": "FM",
	"us virgin islands": "VI", "united states virgin islands": "VI", "usvi": "VI",
	"commonwealth of the northern mariana islands": "MP", "republic of palau": "PW",
	"republic of the marshall islands": "MH",
	"newfoundland":                     "NL", "labrador": "NL", "yukon territory": "YT", "pei": "PE",
	"colombie britannique": "BC", "nouveau brunswick": "NB", "nouvelle ecosse": "NS",
	"terre neuve et labrador": "NL", "territoires du nord ouest": "NT", //nolint:misspell // French
	"ile du prince edouard": "PE",
}
