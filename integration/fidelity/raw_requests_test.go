package fidelity_test

import "maps"

// rawRequests are the rows of TestRawRequests, by the stack or the trait.
func rawRequests() map[string]rawRequest {
	all := map[string]rawRequest{}
	for _, rows := range []map[string]rawRequest{stacks11(), stacks12(), forms(), refused()} {
		maps.Copy(all, rows)
	}
	return all
}

// stacks11 write SOAP 1.1 in their own manner.
func stacks11() map[string]rawRequest {
	ok := func(head, body string) rawRequest {
		return rawRequest{head: head, body: body, status: 200, want: found}
	}
	return map[string]rawRequest{
		"gSOAP": ok("User-Agent: gSOAP/2.8\nConnection: close\n"+type11+action1, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"+prefixed("SOAP-ENV", env11, "ns1")),
		".NET proxy": ok("User-Agent: Mozilla/4.0 (compatible; MSIE 6.0; MS Web Services Client Protocol 4.0.30319.42000)\nExpect: 100-continue\n"+type11+action1,
			`<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="`+env11+`" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"><soap:Header>`+authNS+`</soap:Header><soap:Body>`+infoNS+`</soap:Body></soap:Envelope>`),
		"WCF": ok("Content-Type: text/xml; charset=\"utf-8\"\nAccept-Encoding: gzip, deflate\n"+action1,
			`<s:Envelope xmlns:s="`+env11+`"><s:Header><h:Authentication xmlns="`+ns+`" xmlns:h="`+ns+`" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><User>u</User><Password>p&amp;w</Password></h:Authentication></s:Header><s:Body xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">`+infoNS+`</s:Body></s:Envelope>`),
		"PHP SoapClient": ok("User-Agent: PHP-SOAP/8.2\n"+type11+action1, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"+prefixed("SOAP-ENV", env11, "ns1")+"\n"),
		"JAX-WS": ok("Accept: text/xml, multipart/related\nContent-Type: text/xml; charset=utf-8\nSOAPAction: \""+action+"\"\n",
			`<?xml version='1.0' encoding='UTF-8'?><S:Envelope xmlns:S="`+env11+`"><S:Header>`+authNS+`</S:Header><S:Body>`+infoNS+`</S:Body></S:Envelope>`),
		"CXF, chunked": ok("Content-Type: text/xml; charset=UTF-8\nTransfer-Encoding: chunked\n"+action1, envelope(env11, authNS, infoNS)),
		"Axis 1": ok("Content-Type: text/xml; charset=utf-8\nAccept: application/soap+xml, application/dime, multipart/related, text/*\nCache-Control: no-cache\n"+action1,
			`<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="`+env11+`" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Header><ns1:Authentication soapenv:mustUnderstand="0" soapenv:actor="http://schemas.xmlsoap.org/soap/actor/next" xmlns:ns1="`+ns+`"><ns1:User xsi:type="xsd:string">u</ns1:User><ns1:Password xsi:type="xsd:string">p&amp;w</ns1:Password><ns1:TwoFactorDeviceId xsi:nil="true"/></ns1:Authentication></soapenv:Header><soapenv:Body>`+infoNS+`</soapenv:Body></soapenv:Envelope>`),
		"suds":   ok("Content-Type: text/xml; charset=utf-8\nSoapaction: \""+action+"\"\n", `<?xml version="1.0" encoding="UTF-8"?><SOAP-ENV:Envelope xmlns:ns0="`+env11+`" xmlns:ns1="`+ns+`" xmlns:SOAP-ENV="`+env11+`"><SOAP-ENV:Header><ns1:Authentication><ns1:User>u</ns1:User><ns1:Password>p&amp;w</ns1:Password><ns1:TwoFactorDeviceId/></ns1:Authentication></SOAP-ENV:Header><ns0:Body><ns1:GetCustomerInfo_V2><ns1:input><ns1:CallerVersion>1</ns1:CallerVersion><ns1:CustomerId>7</ns1:CustomerId></ns1:input></ns1:GetCustomerInfo_V2></ns0:Body></SOAP-ENV:Envelope>`),
		"SoapUI": ok("Content-Type: text/xml;charset=UTF-8\n"+action1, "<soapenv:Envelope xmlns:soapenv=\""+env11+"\" xmlns:web=\""+ns+"\">\r\n   <soapenv:Header>\r\n      <web:Authentication>\r\n         <!--Optional:-->\r\n         <web:User>u</web:User>\r\n         <web:Password>p&amp;w</web:Password>\r\n      </web:Authentication>\r\n   </soapenv:Header>\r\n   <soapenv:Body>\r\n      <web:GetCustomerInfo_V2>\r\n         <web:input>\r\n            <web:CallerVersion>1</web:CallerVersion>\r\n            <web:CustomerId>\r\n7 </web:CustomerId>\r\n         </web:input>\r\n      </web:GetCustomerInfo_V2>\r\n   </soapenv:Body>\r\n</soapenv:Envelope>"),
	}
}

// stacks12 write SOAP 1.2 in their own manner.
func stacks12() map[string]rawRequest {
	ok := func(head, body string) rawRequest {
		return rawRequest{head: head, body: body, status: 200, want: found}
	}
	plain := envelope(env12, authNS, infoNS)
	return map[string]rawRequest{
		"PHP SoapClient 1.2":         ok(`Content-Type: application/soap+xml; charset=utf-8; action="`+action+"\"\n", `<?xml version="1.0" encoding="UTF-8"?>`+prefixed("env", env12, "ns1")),
		"Axis2 1.2":                  ok(`Content-Type: application/soap+xml; charset=UTF-8; action="`+action+"\"\nTransfer-Encoding: chunked\n", `<?xml version='1.0' encoding='UTF-8'?>`+plain),
		"1.2, action unquoted":       ok("Content-Type: application/soap+xml;charset=UTF-8;action="+action+"\n", plain),
		"1.2, no action":             ok("Content-Type: application/soap+xml\n", plain),
		"1.2 with the header of 1.1": ok("Content-Type: application/soap+xml; charset=utf-8\nSOAPAction: \"\"\n", plain),
		"1.2, role":                  ok("Content-Type: application/soap+xml\n", `<e:Envelope xmlns:e="`+env12+`"><e:Header><Authentication e:mustUnderstand="true" e:role="http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver" xmlns="`+ns+`"><User>u</User><Password>p&amp;w</Password></Authentication></e:Header><e:Body>`+infoNS+`</e:Body></e:Envelope>`),
	}
}

// prefixed is an envelope whose members all have a prefix.
func prefixed(e, space, p string) string {
	return `<` + e + `:Envelope xmlns:` + e + `="` + space + `" xmlns:` + p + `="` + ns + `"><` + e + `:Header><` + p + `:Authentication><` + p + `:User>u</` + p + `:User><` + p + `:Password>p&amp;w</` + p + `:Password></` + p + `:Authentication></` + e + `:Header><` + e + `:Body><` + p + `:GetCustomerInfo_V2><` + p + `:input><` + p + `:CallerVersion>1</` + p + `:CallerVersion><` + p + `:CustomerId>7</` + p + `:CustomerId></` + p + `:input></` + p + `:GetCustomerInfo_V2></` + e + `:Body></` + e + `:Envelope>`
}

// forms are freedoms that HTTP and XML leave a client.
func forms() map[string]rawRequest {
	ok := func(head, body string) rawRequest {
		return rawRequest{head: head, body: body, status: 200, want: found}
	}
	plain := envelope(env11, authNS, infoNS)
	old := ok(type11+action1, plain)
	old.proto = "HTTP/1.0"
	otherCase := ok(type11+action1, plain)
	otherCase.path = "/webservices/CUSTOMERMANAGEMENT.ASMX?op=GetCustomerInfo_V2"
	credentials := `<Authentication xmlns="` + ns + `"><User><![CDATA[u]]></User><Password>p&#x26;w</Password></Authentication>`
	return map[string]rawRequest{
		"HTTP/1.0":                      old,
		"path in other case, a query":   otherCase,
		"action without quotes":         ok(type11+"SOAPAction: "+action+"\n", plain),
		"media type in other case":      ok("content-type: Text/XML; Charset=UTF-8\nsoapaction: \""+action+"\"\n", plain),
		"parameter list with an end":    ok("Content-Type: text/xml; charset=utf-8;\n"+action1, plain),
		"no charset":                    ok("Content-Type: text/xml\n"+action1, plain),
		"byte order mark":               ok(type11+action1, "\ufeff"+`<?xml version="1.0" encoding="utf-8"?>`+plain),
		"UTF-16":                        ok("Content-Type: text/xml; charset=utf-16\n"+action1, inUTF16(`<?xml version="1.0" encoding="utf-16"?>`+plain)),
		"Latin 1 by declaration":        ok("Content-Type: text/xml\n"+action1, `<?xml version="1.0" encoding="ISO-8859-1"?><!-- `+"\xe9"+` -->`+plain),
		"CDATA and character reference": ok(type11+action1, envelope(env11, credentials, infoNS)),
		"comments and instructions":     ok(type11+action1, `<?xml version="1.0"?><!-- a --><?pi x?>`+envelope(env11, "<!-- b -->"+authNS, "<!-- c -->"+infoNS)+"<!-- d -->\n"),
		"other header entries":          ok(type11+action1, envelope(env11, `<x:Trace xmlns:x="urn:x">1</x:Trace>`+authNS+`<x:Hop s:mustUnderstand="1" s:actor="urn:other" xmlns:x="urn:x"/>`, infoNS)),
		"unknown members":               ok(type11+action1, envelope(env11, authNS, `<GetCustomerInfo_V2 xmlns="`+ns+`" id="b1"><input><Extra/><CallerVersion>+1</CallerVersion><CustomerId>007</CustomerId><More>1</More></input></GetCustomerInfo_V2>`)),
		"credentials in other order":    ok(type11+action1, envelope(env11, `<Authentication xmlns="`+ns+`"><TwoFactorDeviceId></TwoFactorDeviceId><Password>p&amp;w</Password><User>u</User></Authentication>`, infoNS)),
	}
}

// refused are requests that are not in order.
func refused() map[string]rawRequest {
	no := func(head, body string, want ...string) rawRequest {
		return rawRequest{head: head, body: body, status: 500, want: want}
	}
	const client = "<faultcode>soap:Client</faultcode>"
	plain := envelope(env11, authNS, infoNS)
	typed := func(members string) string {
		return envelope(env11, authNS, `<GetCustomerInfo_V2 xmlns="`+ns+`"><input>`+members+`</input></GetCustomerInfo_V2>`)
	}
	wrongType := no("Content-Type: application/json\n"+action1, plain)
	wrongType.status = 415
	mtom := no("Content-Type: multipart/related; type=\"application/xop+xml\"; boundary=x\n"+action1, plain)
	mtom.status = 415
	return map[string]rawRequest{
		"no action":              no(type11, plain, client, "valid action parameter"),
		"empty action":           no(type11+"SOAPAction: \"\"\n", plain, client, "SOAPAction"),
		"other action":           no(type11+"SOAPAction: \""+ns+"/GetBranches\"\n", plain, client, "SOAPAction"),
		"JSON":                   wrongType,
		"MTOM":                   mtom,
		"1.2 as 1.1":             no(type11+action1, envelope(env12, authNS, infoNS), "<faultcode>soap:VersionMismatch</faultcode>"),
		"1.1 as 1.2":             no("Content-Type: application/soap+xml\n", plain, "<soap:Value>soap:VersionMismatch</soap:Value>", env12),
		"must be understood":     no(type11+action1, envelope(env11, authNS+`<x:Sec s:mustUnderstand="1" xmlns:x="urn:x"/>`, infoNS), "<faultcode>soap:MustUnderstand</faultcode>"),
		"must be understood 1.2": no("Content-Type: application/soap+xml\n", envelope(env12, `<x:Sec s:mustUnderstand="true" xmlns:x="urn:x"/>`+authNS, infoNS), "<soap:Value>soap:MustUnderstand</soap:Value>"),
		"DTD":                    no(type11+action1, `<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>`+plain, client),
		"unknown encoding":       no("Content-Type: text/xml; charset=ebcdic\n"+action1, plain, client),
		"bytes that are no text": no(type11+action1, envelope(env11, authNS, infoNS+"<!-- \xff -->"), client),
		"cut off":                no(type11+action1, plain[:len(plain)-3], client),
		"two roots":              no(type11+action1, plain+plain, client),
		"empty":                  no(type11+action1, "", client),
		"empty number":           no(type11+action1, typed("<CallerVersion>1</CallerVersion><CustomerId/>"), client),
		"no number":              no(type11+action1, typed("<CustomerId>7a</CustomerId>"), client),
		"number of 33 bits":      no(type11+action1, typed("<CustomerId>4294967303</CustomerId>"), client),
		// By the WSDL members have the namespace; those without are others.
		"members without the namespace": no(type11+action1, typed(`<CallerVersion xmlns="">1</CallerVersion><CustomerId xmlns="">7</CustomerId>`), "not found"),
		"header without the namespace":  no(type11+action1, envelope(env11, "<Authentication><User>u</User><Password>p&amp;w</Password></Authentication>", infoNS), "Login failed"),
	}
}
