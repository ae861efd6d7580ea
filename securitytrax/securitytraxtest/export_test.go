package securitytraxtest

// ParseFilter is parseFilter for the fuzz test: it answers the expression as it
// was understood.
func ParseFilter(text string) (string, error) {
	n, err := parseFilter(text)
	if err != nil {
		return "", err
	}
	return n.String(), nil
}
