package alarmcom_test

import (
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
)

// brokenEntries are entries of lists to choose from, beside two that can be read, with
// what they come in as.
var brokenEntries = map[string]struct {
	id, name string
	want     []adcimport.Choice
	log      string
}{
	"a bad byte":         {"5", "Ren\xe9", []adcimport.Choice{{ID: "5", Name: "5"}}, "without_name=5"},
	"half a pair":        {"5", "Ann\xed\xa0\xbd", []adcimport.Choice{{ID: "5", Name: "5"}}, "without_name=5"},
	"a control":          {"5", "An\x07n", []adcimport.Choice{{ID: "5", Name: "An n"}}, ""},
	"as it is there":     {"5", "Ren\ufffd", []adcimport.Choice{{ID: "5", Name: "Ren\ufffd"}}, ""},
	"no name":            {"5", "", []adcimport.Choice{{ID: "5", Name: "5"}}, ""},
	"no number":          {"abc", "X", nil, "without_id=1"},
	"a bad byte as id":   {"5\xff", "X", nil, "without_id=1"},
	"too long":           {"99999999999999999999", "X", nil, "without_id=1"},
	"a fraction":         {"5.5", "X", nil, "without_id=1"},
	"neither":            {"x", "Ren\xe9", nil, "without_id=1"},
	"spaces around":      {" 5 ", "X", []adcimport.Choice{{ID: "5", Name: "X"}}, ""},
	"one that was there": {"7", "Ren\xe9", nil, "without_name=7"},
}

// One bad byte, or an id that is no number, in a list to choose from is that entry's
// alone: it has its id for a name, or is left out and logged.
func TestChoices_oneThatIsBroken(t *testing.T) {
	t.Parallel()
	for name, test := range brokenEntries {
		want := append(slices.Clone(test.want), adcimport.Choice{ID: "6", Name: "North"}, adcimport.Choice{ID: "7", Name: "South"})
		slices.SortFunc(want, func(a, b adcimport.Choice) int { return strings.Compare(a.Name, b.Name) })
		branch := func(id, name string) string {
			return "<BranchInfo><BranchId>" + id + "</BranchId><BranchName>" + name + "</BranchName></BranchInfo>"
		}
		role := func(id, name string) string {
			return "<RepRole><RoleId>" + id + "</RoleId><RoleName>" + name + "</RoleName></RepRole>"
		}
		list := func(one func(id, name string) string) string {
			return one(test.id, test.name) + one("6", "North") + one("7", "South")
		}
		dealer := "<GetDealerIdResult><DealerID>1</DealerID><SubDealers>" + list(branch) + "</SubDealers><Success>true</Success></GetDealerIdResult>"
		replies := map[string]alarmcomtest.Reply{
			"GetDealerId": soapReply("GetDealerId", dealer),
			"GetBranches": soapReply("GetBranches", "<GetBranchesResult>"+branch("6", "North")+"</GetBranchesResult>"),
			"GetRepRoles": soapReply("GetRepRoles", "<GetRepRolesResult>"+list(role)+"</GetRepRolesResult>"),
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t, smallDealer())
			srv.Fail(func(op string, _, _ int) *alarmcomtest.Reply { r := replies[op]; return &r })
			var log strings.Builder
			src := newSource(t, srv, func(c *alarmcom.Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
			roles, err := src.Roles(t.Context())
			if diff := cmp.Diff(want, roles); diff != "" || err != nil {
				t.Errorf("roles: %v (-want +got):\n%s", err, diff)
			}
			subs, err := src.SubDealers(t.Context())
			if diff := cmp.Diff(want, subs); diff != "" || err != nil {
				t.Errorf("sub-dealers: %v (-want +got):\n%s", err, diff)
			}
			if text := log.String(); test.log != "" && strings.Count(text, test.log) < 2 || test.log == "" && text != "" || strings.Contains(text, "Ren") {
				t.Errorf("log %q, want %q twice", text, test.log)
			}
		})
	}
}

// A list of which nothing can be read is no list.
func TestChoices_nothingThatCanBeRead(t *testing.T) {
	t.Parallel()
	for _, role := range []string{"<RoleId>x</RoleId>", "<RoleId>1</RoleId><RoleName>Ren\xe9</RoleName>", "<RoleId>5.5</RoleId><RoleName>A</RoleName>"} {
		srv := newServer(t, smallDealer())
		list := "<GetRepRolesResult><RepRole>" + role + "</RepRole><RepRole>" + role + "</RepRole></GetRepRolesResult>"
		srv.Fail(failAlways("GetRepRoles", soapReply("GetRepRoles", list)))
		if roles, err := newSource(t, srv).Roles(t.Context()); err == nil {
			t.Errorf("%q: roles %v", role, roles)
		}
	}
}

// The same of the roles that the PartnerApi's reps have.
func TestPartnerRoles_oneThatIsBroken(t *testing.T) {
	t.Parallel()
	const rep = `{"supportId":%,"repLoginName":"x","repRoleList":[{"roleId":6,"roleName":"North"},ROLE]}`
	for name, test := range map[string]struct {
		role string
		want []adcimport.Choice
	}{
		"a bad byte":   {`{"roleId":5,"roleName":"Ren` + "\xe9" + `"}`, []adcimport.Choice{{ID: "5", Name: "5"}, {ID: "6", Name: "North"}}},
		"half a pair":  {`{"roleId":5,"roleName":"Ann\ud83d"}`, []adcimport.Choice{{ID: "5", Name: "Ann"}, {ID: "6", Name: "North"}}},
		"no number":    {`{"roleId":"x","roleName":"X"}`, []adcimport.Choice{{ID: "6", Name: "North"}}},
		"no object":    {`true`, []adcimport.Choice{{ID: "6", Name: "North"}}},
		"a fraction":   {`{"roleId":5.5,"roleName":"X"}`, []adcimport.Choice{{ID: "6", Name: "North"}}},
		"null":         {`null`, []adcimport.Choice{{ID: "6", Name: "North"}}},
		"a known name": {`{"roleId":6,"roleName":"N` + "\xe9" + `"}`, []adcimport.Choice{{ID: "6", Name: "North"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t, smallDealer())
			list := "[" + strings.ReplaceAll(strings.ReplaceAll(rep, "ROLE", test.role), "%", "1") + "," +
				strings.ReplaceAll(strings.ReplaceAll(rep, ",ROLE", ""), "%", "2") + "]"
			srv.Fail(failAlways(alarmcomtest.OpPartnerReps, jsonReply(list)))
			roles, err := newSource(t, srv, partner(srv, true)).Roles(t.Context())
			if diff := cmp.Diff(test.want, roles); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}
