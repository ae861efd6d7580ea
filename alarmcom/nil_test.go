package alarmcom_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
)

// Fault 41: xsi:nil is a boolean of XML Schema, and false says that there is a value.
func TestFault41_nil(t *testing.T) {
	t.Parallel()
	for value, isNil := range map[string]bool{
		"false": false, "0": false, " false ": false, "": false, "true": true, "1": true, " 1 ": true,
	} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			soap := func(op, result string) alarmcomtest.Reply {
				return alarmcomtest.Reply{Body: fmt.Appendf(nil, `<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body>`+
					`<%sResponse><%[1]sResult xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="false">%s</%[1]sResult></%[1]sResponse></Body></Envelope>`, op, result)}
			}
			role := fmt.Sprintf(`<RepRole i:nil=%q><RoleId>3</RoleId><RoleName>Tech</RoleName></RepRole>`, value)
			rep := `<Rep i:nil="false"><SupportId i:nil="0">5</SupportId><RepRoleList i:nil="0">` + role + `</RepRoleList></Rep>`
			srv := newServer(t, smallDealer())
			srv.Fail(failAlways("GetRepList", soap("GetRepList", rep+fmt.Sprintf(`<Rep i:nil=%q><SupportId>6</SupportId></Rep>`, value))))
			users := allPages(t, newSource(t, srv).Users(t.Context(), adcimport.UserFilter{}, ""))
			want := []adcimport.User{{ID: "5", RoleIDs: []string{"3"}}, {ID: "6"}}
			if isNil {
				want = []adcimport.User{{ID: "5"}}
			}
			if diff := cmp.Diff(want, users[0].Items); diff != "" {
				t.Errorf("users (-want +got):\n%s", diff)
			}
			srv = newServer(t, smallDealer())
			srv.Fail(failAlways("GetRepRoles", soap("GetRepRoles", role)))
			roles, err := newSource(t, srv).Roles(t.Context())
			if err != nil || (len(roles) == 0) != isNil {
				t.Errorf("roles %v, %v", roles, err)
			}
			srv = newServer(t, smallDealer())
			list := fmt.Sprintf(`<Success>true</Success><CustomerIds i:nil=%q><int i:nil="false">7</int></CustomerIds>`, value)
			srv.Fail(failAlways("GetCustomerList_V2", soap("GetCustomerList_V2", list)))
			for _, err := range newSource(t, srv).Customers(t.Context(), adcimport.CustomerFilter{}, "") {
				if (err != nil) != isNil {
					t.Errorf("list: %v", err)
				}
			}
		})
	}
}
