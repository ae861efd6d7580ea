module github.com/securitytrax/adcimport/importui

go 1.26.0

require (
	github.com/google/go-cmp v0.7.0
	github.com/securitytrax/adcimport v0.0.0
)

replace github.com/securitytrax/adcimport => ../
