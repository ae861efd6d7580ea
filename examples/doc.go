// Package examples holds runnable host programs, one a folder.
package examples
