module github.com/securitytrax/adcimport/importui

go 1.26.0

require github.com/securitytrax/adcimport v0.0.0

replace github.com/securitytrax/adcimport => ../
