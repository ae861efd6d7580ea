package alarmcomtest

import (
	"strings"
	"time"

	"github.com/securitytrax/adcimport"
)

// writeCustomerInfo writes all of WSDL CustomerInfo, in its order. A zero
// address and zero monitoring data are null.
func writeCustomerInfo(w *writer, c adcimport.Customer, dealerID int) {
	w.value("CustomerId", c.ID)
	w.text("DealerCustomerId", "A-"+c.ID)
	w.text("FirstName", c.FirstName)
	w.text("LastName", c.LastName)
	w.text("PrimaryEmail", c.PrimaryEmail)
	w.text("PrimaryPhoneNumber", c.PrimaryPhoneNumber)
	w.text("LoginName", "customer"+c.ID)
	writeAddress(w, "InstallAddress", c.InstallAddress)
	w.truth("IsTerminated", c.Terminated)
	w.truth("IsDemo", c.Demo)
	w.date("JoinDate", c.JoinDate)
	writeTermDate(w, c)
	writeModem(w, c)
	writeCentralStation(w, c.CentralStation)
	writeServicePlan(w, "ServicePlanInfo")
	w.value("PanelVersion", "Other")
	w.number("DealerId", dealerID)
	w.id("SubDealerId", c.SubDealerID)
	w.value("PanelNotRespondingStatus", "Responding")
	w.value("Culture", "English_US")
	w.text("CompanyName", c.CompanyName)
	w.value("PropertyType", pick(c.Commercial, "Business", "SingleFamilyHouse"))
	w.value("InstallType", "ProfessionalInstall")
	w.text("DetailedPanelVersion", "Other 1.0")
	w.text("UnitDescription", "Unit "+c.ID)
	w.null("PackageTemplateId")
	w.null("ZWaveTask")
	w.date("ReadyDateUtc", c.JoinDate.UTC())
	w.value("CustomerType", customerType(c))
	w.null("SystemGroupId")
	w.text("installerLogin", c.SalesRepLogin)
	w.text("salesRepLogin", c.SalesRepLogin)
	writeAddress(w, "CustomerAddress", c.InstallAddress)
	writeCommitment(w, c)
	w.null("PendingTerminationDateUtc")
	w.null("BuilderProgramId")
	w.null("BuilderId")
	w.null("TrialServicePackageExpirationDateUtc")
}

func pick(ok bool, yes, no string) string {
	if ok {
		return yes
	}
	return no
}

func customerType(c adcimport.Customer) string {
	switch {
	case c.Commitment:
		return "Commitment"
	case c.Demo:
		return "NormalDemo"
	}
	return "Customer"
}

func writeTermDate(w *writer, c adcimport.Customer) {
	if !c.Terminated {
		w.null("TermDate")
		return
	}
	w.date("TermDate", c.JoinDate.AddDate(1, 0, 0))
}

// writeModem leaves a commitment without a modem: nothing is installed yet.
func writeModem(w *writer, c adcimport.Customer) {
	if c.Commitment {
		return
	}
	w.block("ModemInfo", func() {
		w.text("ModemSerial", "35"+strings.Repeat("0", max(0, 13-len(c.ID)))+c.ID)
		w.number("FirmwareVersion", 190)
		w.value("Network", "Verizon")
		w.truth("TwoWayVoiceCapable", true)
		w.value("RadioNetworkType", "LTE_VZW")
		w.value("ExtendedFirmwareVersion", "190000")
		w.value("PanelType", "IQPanel2")
	})
}

func writeCentralStation(w *writer, c adcimport.CentralStation) {
	if c == (adcimport.CentralStation{}) {
		return
	}
	w.block("CentralStationInfo", func() {
		w.text("ReceiverPhoneNumber", c.ReceiverPhoneNumber)
		w.text("AccountNumber", c.AccountNumber)
		w.truth("TwoWayVoiceEnabled", c.TwoWayVoiceEnabled)
		w.truth("PhoneLinePresent", false)
		w.value("ForwardingOption", "Always")
		w.block("EventGroupsToForward", func() {})
	})
}

func writeServicePlan(w *writer, name string) {
	w.block(name, func() {
		w.number("PackageId", 1)
		w.value("PlanType", "NotSet")
		w.block("Addons", func() {})
		w.value("TotalServicePrice", "12.5000")
		w.truth("AddonsFilteredDueToCallerVersion", false)
		w.text("PackageDescription", "Interactive")
	})
}

func writeCommitment(w *writer, c adcimport.Customer) {
	if !c.Commitment {
		return
	}
	w.block("CommitmentDetail", func() {
		w.date("ExpectedInstallDate", c.JoinDate.Add(7*24*time.Hour))
		w.value("ExpectedPanelType", "IQPanel2")
		w.value("ExpectedNetwork", "Verizon")
		w.text("ExpectedInstallerLogin", c.SalesRepLogin)
	})
}

// writeAddress writes WSDL Address.
func writeAddress(w *writer, name string, a adcimport.Address) {
	if a == (adcimport.Address{}) {
		return
	}
	w.block(name, func() { writeAddressFields(w, a) })
}

func writeAddressFields(w *writer, a adcimport.Address) {
	w.text("Street1", a.Street1)
	w.text("Street2", a.Street2)
	w.text("City", a.City)
	w.text("State", a.State)
	w.text("Zip", a.Zip)
	w.value("CountryId", country(a.Country))
}

// country returns a name of WSDL CountryEnum.
func country(name string) string {
	switch strings.ToUpper(name) {
	case "":
		return "NotSet"
	case "US":
		return "USA"
	case "CA":
		return "Canada"
	}
	return name
}
