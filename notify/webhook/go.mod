module github.com/securitytrax/adcimport/notify/webhook

go 1.26.0

require (
	github.com/google/go-cmp v0.7.0
	github.com/hashicorp/go-retryablehttp v0.7.8
	github.com/securitytrax/adcimport v0.0.0
)

require github.com/hashicorp/go-cleanhttp v0.5.2 // indirect

replace github.com/securitytrax/adcimport => ../../
