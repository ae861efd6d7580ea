// Package month holds a simulation that lives for a month: thirty nights of a
// dealer between both services, whose faults last, heal and overlap, and of a host
// that does no more than the README says.
package month
