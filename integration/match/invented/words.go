package invented

// What invented people, businesses and streets are made of. The first ones of a list
// are drawn more often.
var (
	// firstNames has names and what some of their bearers are called.
	firstNames = [][]string{
		{"James", "Jim"},
		{"Mary", "Molly"},
		{"Robert", "Bob", "Rob"},
		{"Patricia", "Pat", "Trish"},
		{"John", "Jack"},
		{"Jennifer", "Jen"},
		{"Michael", "Mike"},
		{"Linda"},
		{"David", "Dave"},
		{"Elizabeth", "Liz", "Beth"},
		{"William", "Bill", "Will"},
		{"Barbara", "Barb"},
		{"Richard", "Rick", "Dick"},
		{"Susan", "Sue"},
		{"Joseph", "Joe"},
		{"Jessica", "Jess"},
		{"Thomas", "Tom"},
		{"Sarah"},
		{"Charles", "Chuck"},
		{"Karen"},
		{"Christopher", "Chris"},
		{"Lisa"},
		{"Daniel", "Dan"},
		{"Nancy"},
		{"Matthew", "Matt"},
		{"Sandra", "Sandy"},
		{"Anthony", "Tony"},
		{"Ashley"},
		{"Mark"},
		{"Emily"},
		{"Steven", "Steve"},
		{"Kimberly", "Kim"},
		{"Andrew", "Andy", "Drew"},
		{"Margaret", "Peggy", "Maggie"},
		{"Joshua", "Josh"},
		{"Donna"},
		{"Kenneth", "Ken"},
		{"Michelle"},
		{"Kevin"},
		{"Carol"},
		{"Brian"},
		{"Amanda", "Mandy"},
		{"Timothy", "Tim"},
		{"Melissa"},
		{"Ronald", "Ron"},
		{"Deborah", "Debbie"},
		{"Jason"},
		{"Stephanie", "Steph"},
		{"Edward", "Ed", "Ted"},
		{"Rebecca", "Becky"},
		{"Jeffrey", "Jeff"},
		{"Laura"},
		{"Ryan"},
		{"Helen"},
		{"Jacob", "Jake"},
		{"Sharon"},
		{"Nicholas", "Nick"},
		{"Cynthia", "Cindy"},
		{"Gary"},
		{"Kathleen", "Kath"},
		{"Eric"},
		{"Amy"},
		{"Jonathan", "Jon"},
		{"Angela", "Angie"},
		{"Stephen", "Steve"},
		{"Ruth"},
		{"Larry"},
		{"Brenda"},
		{"José", "Pepe"},
		{"María"},
		{"Zoë"},
		{"Renée"},
		{"Mary Ann"},
		{"D'Arcy"},
		{"Søren"},
		{"Xiomara"},
		{"Priya"},
		{"Kwame"},
		{"Fatima"},
	}
	lastNames = []string{
		"Smith", "Johnson", "Williams", "Brown", "Jones", "García", "Miller", "Davis", "Rodríguez", "Martínez", "Hernández",
		"López", "Gonzalez",
		"Wilson", "Anderson", "Thomas", "Taylor", "Moore", "Jackson", "Martin", "Lee", "Pérez", "Thompson", "White",
		"Harris", "Sánchez", "Clark",
		"Ramírez", "Lewis", "Robinson", "Walker", "Young", "Allen", "King", "Wright", "Scott", "Torres", "Nguyen", "Hill",
		"Flores", "Green",
		"Adams", "Nelson", "Baker", "Hall", "Rivera", "Campbell", "Mitchell", "Carter", "Roberts", "O'Neil", "St. John",
		"De La Cruz", "McDonald",
		"O'Brien", "Smith-Jones", "Van Der Berg", "Weiß", "Jørgensen", "Dvořák", "Xu", "Kim", "Patel", "Tran",
	}
	// syllables make the names that few have.
	syllables = []string{
		"bar", "ben", "cal", "cor", "dal", "den", "el", "fal", "gar", "hal", "hol", "jen", "kel", "lan", "mar", "mil",
		"nor", "os", "pat", "quin",
		"ros", "sal", "ste", "tam", "tor", "ul", "van", "wes", "yor", "zel",
	}
	endings = []string{
		"berg", "by", "croft", "dale", "ell", "er", "ford", "ham", "ino", "ley", "man", "ov", "sen", "son", "ston", "ton",
		"wood", "worth",
	}
	businessWords = []string{
		"Bayside", "Summit", "Blue Ridge", "Golden", "Harbor", "Liberty", "Main Street", "North Star", "Pioneer", "Premier",
		"Quality", "Riverside",
		"Sunrise", "Twin Oaks", "Union", "Valley", "Westgate", "Evergreen", "Cardinal", "Copper",
	}
	businessKinds = []string{
		"Auto Repair", "Bakery", "Dental", "Hardware", "Storage", "Pharmacy", "Plumbing", "Veterinary Clinic",
		"Dry Cleaners", "Church", "Market",
		"Fitness", "Insurance Agency", "Properties", "Day Care", "Nails",
	}
	legalForms  = []string{"", "", " LLC", " Inc", ", Inc.", " Co.", " Corp"}
	streetNames = []string{
		"Maple", "Oak", "Main", "Cedar", "Elm", "Washington", "Lake", "Hill", "Park", "Walnut", "Spring", "North", "Ridge",
		"Church", "Willow", "Mill",
		"Sunset", "Railroad", "Jefferson", "River", "Cherry", "Center", "Highland", "Forest", "5th", "2nd",
		"Martin Luther King Jr", "Saint James",
	}
	// suffixes has those of streets, as two people write them.
	suffixes = [][2]string{
		{"St", "Street"},
		{"Ave", "Avenue"},
		{"Dr", "Drive"},
		{"Ln", "Lane"},
		{"Rd", "Road"},
		{"Ct", "Court"},
		{"Blvd", "Boulevard"},
		{"Cir", "Circle"},
	}
	directions = [][2]string{{"N", "North"}, {"S", "South"}, {"E", "East"}, {"W", "West"}}
	unitForms  = []string{"Apt %s", "Unit %s", "#%s", "Apt. %s", "# %s"}
	mailHosts  = []string{"mail.example.com", "example.org", "example.net", "post.example.com"}
	phoneForms = []string{"%s%s%s", "%s%s%s", "%s%s%s", "%s-%s-%s", "(%s) %s-%s", "%s.%s.%s", "+1 %s %s %s"}
)
