// Package match measures how well records are recognised, on invented dealers. The
// dealers are made by package invented, which knows none of the rules.
package match
