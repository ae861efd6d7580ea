package service

import "github.com/securitytrax/adcimport"

// NotLinked makes [adcimport.ErrNotLinked] of an error, whose text stays the cause: a
// link that is not active is only one of those.
func NotLinked(err error) error { return &unusableError{err} }

type unusableError struct{ error }

func (e *unusableError) Is(target error) bool { return target == adcimport.ErrNotLinked }
func (e *unusableError) Unwrap() error        { return e.error }
