package adcimporttest

// What invented people are made of.
var (
	firstNames = []string{
		"Ada", "Benjamin", "Chloé", "Dmitri", "Eun-ji", "Fatima", "George", "Hélène", "Ingrid", "José",
		"Kwame", "Łukasz", "María José", "Nguyễn", "Olivia", "Priya", "Quentin", "Renée", "Søren", "Thomas",
		"Ursula", "Věra", "William", "Xiomara", "Yusuf", "Zoë", "明", "Анна", "D'Arcy", "Mary Ann",
	}
	lastNames = []string{
		"Anderson", "Brown", "Castañeda", "Dvořák", "Évrard", "Fitzgerald", "García Márquez", "Hernández",
		"Ibrahim", "Jørgensen", "Kowalczyk", "Lee", "McDonald", "Nakamura", "O'Neil", "Papadopoulos",
		"Quiñones", "Ramírez", "Smith", "Tremblay", "Underwood", "van der Berg", "Weiß", "Xu", "Yılmaz",
		"Zhang", "Smith-Jones", "de la Cruz", "St. John", "李",
	}
	businessKinds = []string{"& Sons LLC", "Auto Repair", "Bakery", "Dental", "Hardware", "Holdings, Inc.", "Café", "Storage"}
	streets       = []string{
		"Maple St", "Oak Ave", "County Road 12", "N Main St", "Sunset Blvd", "Rue des Érables", "Elm Ct",
		"Lakeshore Dr", "State Route 9", "Cedar Ln", "Martin Luther King Jr Blvd", "5th Ave",
	}
	cities = []string{
		"Springdale", "Fairview", "Cedar Hills", "Port Clement", "St. Albans", "Montclair", "Río Vista",
		"Lake Elmo", "New Haven Falls", "Grandview", "Trois-Pins", "Oakmont",
	}
	areaCodes    = []string{"202", "303", "415", "512", "613", "702", "801", "902"}
	emailDomains = []string{"example.com", "example.org", "example.net"}
	// phoneForms are forms people type; the odd ones are rarer.
	phoneForms = []string{
		"%s55501%02d", "%s55501%02d", "%s55501%02d", "%s-555-01%02d", "%s-555-01%02d", "(%s) 555-01%02d",
		"(%s) 555-01%02d", "%s.555.01%02d", "+1 %s 555 01%02d", "1-%s-555-01%02d", "(%s)555-01%02d x7", " %s 555 01%02d ",
	}
)

// postalLetters are those that Canadian postal codes use.
const postalLetters = "ABCEGHJKLMNPRSTVWXYZ"

// region is a state or province with the start of a postal code in it.
type region struct {
	state, zip string
	canadian   bool
}

// regions are the 50 states, DC and ten provinces: all of them codes that
// SecurityTrax takes.
var regions = []region{
	{state: "AL", zip: "352"},
	{state: "AK", zip: "995"},
	{state: "AZ", zip: "850"},
	{state: "AR", zip: "722"},
	{state: "CA", zip: "900"},
	{state: "CO", zip: "802"},
	{state: "CT", zip: "061"},
	{state: "DE", zip: "198"},
	{state: "DC", zip: "200"},
	{state: "FL", zip: "331"},
	{state: "GA", zip: "303"},
	{state: "HI", zip: "968"},
	{state: "ID", zip: "837"},
	{state: "IL", zip: "606"},
	{state: "IN", zip: "462"},
	{state: "IA", zip: "503"},
	{state: "KS", zip: "666"},
	{state: "KY", zip: "402"},
	{state: "LA", zip: "701"},
	{state: "ME", zip: "041"},
	{state: "MD", zip: "212"},
	{state: "MA", zip: "021"},
	{state: "MI", zip: "482"},
	{state: "MN", zip: "554"},
	{state: "MS", zip: "392"},
	{state: "MO", zip: "631"},
	{state: "MT", zip: "596"},
	{state: "NE", zip: "681"},
	{state: "NV", zip: "891"},
	{state: "NH", zip: "033"},
	{state: "NJ", zip: "071"},
	{state: "NM", zip: "871"},
	{state: "NY", zip: "100"},
	{state: "NC", zip: "276"},
	{state: "ND", zip: "585"},
	{state: "OH", zip: "432"},
	{state: "OK", zip: "731"},
	{state: "OR", zip: "972"},
	{state: "PA", zip: "191"},
	{state: "RI", zip: "029"},
	{state: "SC", zip: "292"},
	{state: "SD", zip: "571"},
	{state: "TN", zip: "372"},
	{state: "TX", zip: "787"},
	{state: "UT", zip: "841"},
	{state: "VT", zip: "056"},
	{state: "VA", zip: "232"},
	{state: "WA", zip: "981"},
	{state: "WV", zip: "253"},
	{state: "WI", zip: "532"},
	{state: "WY", zip: "820"},
	{state: "AB", zip: "T", canadian: true},
	{state: "BC", zip: "V", canadian: true},
	{state: "MB", zip: "R", canadian: true},
	{state: "NB", zip: "E", canadian: true},
	{state: "NL", zip: "A", canadian: true},
	{state: "NS", zip: "B", canadian: true},
	{state: "ON", zip: "M", canadian: true},
	{state: "PE", zip: "C", canadian: true},
	{state: "QC", zip: "H", canadian: true},
	{state: "SK", zip: "S", canadian: true},
}
