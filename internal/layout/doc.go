// Package layout has no code: its tests hold the shape of the repository, as
// what may import what, how large a file may grow, and what each public package
// exports.
package layout
