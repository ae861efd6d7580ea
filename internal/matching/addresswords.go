package matching

// usps has the words of a street in the postal service's short form: suffixes,
// directions, and what people write out.
var usps = map[string]string{
	"alley": "aly", "ally": "aly", "avenue": "ave", "av": "ave", "aven": "ave", "avenu": "ave", "avn": "ave",
	"bayou": "byu", "beach": "bch", "bend": "bnd",
	"boulevard": "blvd", "boul": "blvd", "boulv": "blvd", "bridge": "brg", "brook": "brk", "bypass": "byp",
	"canyon": "cyn", "causeway": "cswy",
	"center": "ctr", "centre": "ctr", "circle": "cir", "circ": "cir", "crcl": "cir", "commons": "cmns", "common": "cmn",
	"corner": "cor", "corners": "cors",
	"court": "ct", "courts": "cts", "cove": "cv", "creek": "crk", "crescent": "cres", "crossing": "xing",
	"crssng": "xing", "crossroad": "xrd", "drive": "dr", "driv": "dr", "drv": "dr",
	"estate": "est", "estates": "ests", "expressway": "expy", "extension": "ext", "falls": "fls", "ferry": "fry",
	"field": "fld", "fields": "flds",
	"forest": "frst", "fork": "frk", "fort": "ft", "freeway": "fwy", "garden": "gdn", "gardens": "gdns",
	"gateway": "gtwy", "glen": "gln", "green": "grn", "grove": "grv",
	"harbor": "hbr", "haven": "hvn", "heights": "hts", "highway": "hwy", "highwy": "hwy", "hiway": "hwy", "hill": "hl",
	"hills": "hls", "hollow": "holw", "island": "is",
	"junction": "jct", "knoll": "knl", "knolls": "knls", "lake": "lk", "lakes": "lks", "landing": "lndg", "lane": "ln",
	"lodge": "ldg", "manor": "mnr", "meadow": "mdw", "meadows": "mdws",
	"mill": "ml", "mills": "mls", "mission": "msn", "mount": "mt", "mountain": "mtn", "orchard": "orch", "oval": "ovl",
	"parkway": "pkwy", "parkwy": "pkwy", "pky": "pkwy", "pkway": "pkwy",
	"passage": "psge", "place": "pl", "plain": "pln", "plains": "plns", "plaza": "plz", "point": "pt", "port": "prt",
	"prairie": "pr", "ranch": "rnch", "ridge": "rdg", "river": "riv",
	"road": "rd", "roads": "rds", "route": "rte", "rt": "rte", "saint": "st", "shore": "shr", "shores": "shrs",
	"spring": "spg", "springs": "spgs", "square": "sq", "station": "sta", "stream": "strm",
	"street": "st", "str": "st", "strt": "st", "summit": "smt", "terrace": "ter", "terr": "ter", "trace": "trce",
	"trail": "trl", "tr": "trl", "tunnel": "tunl", "turnpike": "tpke", "union": "un",
	"valley": "vly", "viaduct": "via", "view": "vw", "village": "vlg", "vista": "vis", "way": "way", "wells": "wls",
	"county": "co", "state": "st",
	"north": "n", "south": "s", "east": "e", "west": "w", "northeast": "ne", "northwest": "nw", "southeast": "se",
	"southwest": "sw", "no": "n", "so": "s",
	"first": "1st", "second": "2nd", "third": "3rd", "fourth": "4th", "fifth": "5th", "sixth": "6th", "seventh": "7th",
	"eighth": "8th", "ninth": "9th", "tenth": "10th",
	"eleventh": "11th", "twelfth": "12th",
}

// ends are short forms that end the name of a street, so that what comes behind is
// a unit.
var ends = map[string]bool{
	"st": true, "ave": true, "blvd": true, "dr": true, "ln": true, "ct": true, "rd": true, "pl": true, "cir": true,
	"ter": true, "trl": true, "way": true, "pkwy": true, "sq": true, "cv": true,
}

// numbered are words before a number that names a road: county road 5.
var numbered = map[string]bool{
	"co": true, "st": true, "farm": true, "ranch": true, "rnch": true, "fm": true, "cr": true, "sr": true,
	"hwy": true, "rte": true, "us": true,
}

// unitWords are what stands before the number of a unit. All of them are the same
// but for floors and buildings, of which one address may have one and a unit too.
var unitWords = map[string]string{
	"apt": "", "apartment": "", "apmt": "", "unit": "", "ste": "", "suite": "", "room": "", "rm": "", "no.": "",
	"#": "", "lot": "", "space": "", "spc": "", "sp": "",
	"trlr": "", "trailer": "", "slip": "", "hangar": "", "hngr": "", "office": "", "ofc": "", "pmb": "", "condo": "",
	"floor": "f", "fl": "f", "flr": "f", "building": "b", "bldg": "b",
}

// unitAlone are units without a number.
var unitAlone = map[string]string{
	"basement": "bsmt", "bsmt": "bsmt", "front": "frnt", "frnt": "frnt", "rear": "rear", "upper": "uppr",
	"uppr": "uppr", "lower": "lowr", "lowr": "lowr",
	"upstairs": "uppr", "downstairs": "lowr", "penthouse": "ph", "ph": "ph",
}
