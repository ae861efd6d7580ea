package clone_test

import (
	"reflect"
	"testing"

	"github.com/securitytrax/adcimport/adcimporttest/internal/clone"
)

// A field that is added to a record and can be shared must be copied, too.
func TestCopiesShareNothing(t *testing.T) {
	t.Parallel()
	sharesNothing(t, clone.Customer)
	sharesNothing(t, clone.User)
	sharesNothing(t, clone.CustomerRecord)
	sharesNothing(t, clone.UserRecord)
}

func sharesNothing[T any](t *testing.T, one func(T) T) {
	t.Helper()
	var original T
	v := reflect.ValueOf(&original).Elem()
	fields := 0
	for i := range v.NumField() {
		switch f := v.Field(i); f.Kind() { //nolint:exhaustive // the others are copied as they are
		case reflect.Map:
			f.Set(reflect.MakeMap(f.Type()))
			fields++
		case reflect.Slice:
			f.Set(reflect.MakeSlice(f.Type(), 1, 1))
			fields++
		case reflect.Pointer, reflect.Func, reflect.Chan, reflect.Interface:
			t.Errorf("the test knows no field like %s", v.Type().Field(i).Name)
		}
	}
	got := reflect.ValueOf(one(original))
	for i := range v.NumField() {
		f := v.Field(i)
		if k := f.Kind(); k != reflect.Map && k != reflect.Slice {
			continue
		}
		if got.Field(i).IsNil() || got.Field(i).UnsafePointer() == f.UnsafePointer() {
			t.Errorf("%s is shared or lost", v.Type().Field(i).Name)
		}
	}
	if fields == 0 {
		t.Error("no field that could be shared: the test tests nothing")
	}
}
