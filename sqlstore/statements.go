package sqlstore

// statements is all the SQL there is, in the words of one dialect. A list of
// records is one parameter, a JSON array, so that a statement is the same for one
// record and for ten thousand.
type statements struct {
	scopeStatements
	recordStatements
	runStatements
	schemaStatements
}

// schemaStatements are about the tables themselves.
type schemaStatements struct {
	addVersion, version, setVersion, has string
}

func newStatements(d dialect, prefix string) statements {
	t := translator(d, prefix)
	return statements{
		scopeStatements:  newScopeStatements(t),
		recordStatements: newRecordStatements(t),
		runStatements:    newRunStatements(t),
		schemaStatements: schemaStatements{
			addVersion: t(`INSERT INTO {p}schema_version (version) VALUES (?)`),
			version:    t(`SELECT version FROM {p}schema_version`),
			setVersion: t(`UPDATE {p}schema_version SET version = ?`),
			has:        t(d.hasTable()),
		},
	}
}
