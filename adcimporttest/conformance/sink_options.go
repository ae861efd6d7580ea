package conformance

import (
	"errors"
	"slices"
	"sync"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest/internal/ability"
	"github.com/securitytrax/adcimport/adcimporttest/internal/panics"
)

func optionRules() []rule[SinkCase] {
	return []rule[SinkCase]{
		{
			"options_customers", "CheckCustomerOptions takes what is there and refuses an unknown office, rep or tag with an *InvalidOptionsError",
			sinkCustomerOptions,
		},
		{
			"options_users", "CheckUserOptions takes what is there and refuses an unknown permission group with an *InvalidOptionsError",
			sinkUserOptions,
		},
		{"options_cancel", "options are not taken under a canceled context, nor is that an *InvalidOptionsError", sinkOptionsCancel},
		{"user_tags", "MakeUserTags makes the user tags that are missing, each once", sinkUserTags},
		{"user_tags_check", "CheckUserOptions takes a tag that is missing, where there is MakeUserTags, and makes none", sinkUserTagsCheck},
	}
}

// unknownOption is no id of anything.
const unknownOptionID = "999999999"

func (t *trial) invalidOptions(what string, err error) {
	if e, ok := errors.AsType[*adcimport.InvalidOptionsError](err); !ok || e.Field == "" || e.Rule == "" {
		t.failf("%s: %v, want an *InvalidOptionsError with field and rule", what, err)
	}
}

func sinkCustomerOptions(t *trial, c SinkCase) {
	checker, ok := ability.Find[adcimport.CustomerOptionsChecker](c.Sink)
	if !ok {
		t.leaveOut("the sink does not check options of customers")
		return
	}
	t.noError("options that the destination takes", checker.CheckCustomerOptions(t.ctx, c.CustomerOptions))
	for _, wrong := range []struct {
		what  string
		given bool
		spoil func(*adcimport.CustomerOptions)
	}{
		{"an unknown office", c.CustomerOptions.OfficeID != "", func(o *adcimport.CustomerOptions) { o.OfficeID = unknownOptionID }},
		{"an unknown default rep", c.CustomerOptions.DefaultRepID != "", func(o *adcimport.CustomerOptions) { o.DefaultRepID = unknownOptionID }},
		{"an unknown tag", len(c.CustomerOptions.TagIDs) > 0, func(o *adcimport.CustomerOptions) {
			o.TagIDs = append(slices.Clone(o.TagIDs), unknownOptionID)
		}},
	} {
		if o := c.CustomerOptions; wrong.given {
			wrong.spoil(&o)
			t.invalidOptions(wrong.what, checker.CheckCustomerOptions(t.ctx, o))
		}
	}
}

// userChecker leaves rules out that need one.
func userChecker(t *trial, c SinkCase) adcimport.UserOptionsChecker {
	checker, ok := ability.Find[adcimport.UserOptionsChecker](c.Sink)
	if !ok {
		t.leaveOut("the sink does not check options of users")
	}
	return checker
}

func sinkUserOptions(t *trial, c SinkCase) {
	checker := userChecker(t, c)
	if checker == nil {
		return
	}
	t.noError("options that the destination takes", checker.CheckUserOptions(t.ctx, c.UserOptions))
	if o := c.UserOptions; o.PermissionGroupID != "" {
		o.PermissionGroupID = unknownOptionID
		t.invalidOptions("an unknown permission group", checker.CheckUserOptions(t.ctx, o))
	}
}

func sinkOptionsCancel(t *trial, c SinkCase) {
	customers, some := ability.Find[adcimport.CustomerOptionsChecker](c.Sink)
	users, others := ability.Find[adcimport.UserOptionsChecker](c.Sink)
	if !some && !others {
		t.leaveOut("the sink does not check options")
	}
	check := func(what string, err error) {
		if _, invalid := errors.AsType[*adcimport.InvalidOptionsError](err); err == nil || invalid {
			t.failf("%s under a canceled context returned %v", what, err)
		}
	}
	if some && c.CustomerOptions.OfficeID+c.CustomerOptions.DefaultRepID != "" {
		check("CheckCustomerOptions", customers.CheckCustomerOptions(canceledContext(t), c.CustomerOptions))
	}
	if others && c.UserOptions.PermissionGroupID != "" {
		check("CheckUserOptions", users.CheckUserOptions(canceledContext(t), c.UserOptions))
	}
}

// newTag is a user tag that no destination has.
const newTag = "adcimport conformance suite"

// tagMaker is the sink's, with a count of newTag at the destination; nil: the
// rule is left out.
func tagMaker(t *trial, c SinkCase) (maker adcimport.UserTagMaker, count func() int) {
	maker, ok := ability.Find[adcimport.UserTagMaker](c.Sink)
	if !ok {
		t.leaveOut("the sink does not make user tags")
		return nil, nil
	}
	lister, ok := ability.Find[adcimport.UserSinkLister](c.Sink)
	if !ok {
		t.leaveOut("the sink does not list user tags")
		return nil, nil
	}
	return maker, func() int {
		tags, err := lister.UserTags(t.ctx)
		t.noError("UserTags", err)
		n := 0
		for _, tag := range tags {
			if tag.Name == newTag {
				n++
			}
		}
		return n
	}
}

func sinkUserTags(t *trial, c SinkCase) {
	maker, count := tagMaker(t, c)
	if maker == nil {
		return
	}
	names := append(slices.Clone(c.UserOptions.Tags), newTag, newTag)
	errs := make([]error, 3)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { errs[i] = panics.Guard(func() error { return maker.MakeUserTags(t.ctx, names) }) })
	}
	wg.Wait()
	t.noError("MakeUserTags with a new tag, several at a time", errors.Join(errs...))
	t.noError("MakeUserTags with a tag that was made", maker.MakeUserTags(t.ctx, names))
	t.equal("tags of one name that was missing", count(), 1)
	s := userSinkSide(c)
	if _, err := s.find(t.ctx, nil); errors.Is(err, errors.ErrUnsupported) {
		return
	}
	rec := s.record(0)
	rec.Tags = slices.Clone(names)[:len(names)-1]
	s.created(t, rec)
	t.equal("tags of that name after a user has it", count(), 1)
}

func sinkUserTagsCheck(t *trial, c SinkCase) {
	maker, count := tagMaker(t, c)
	if maker == nil {
		return
	}
	checker := userChecker(t, c)
	if checker == nil {
		return
	}
	o := c.UserOptions
	o.Tags = append(slices.Clone(o.Tags), newTag)
	t.noError("CheckUserOptions with a new tag", checker.CheckUserOptions(t.ctx, o))
	t.equal("tags of a name that is missing", count(), 0)
}
