package adcimport

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"strconv"
	"strings"

	"github.com/securitytrax/adcimport/internal/engine"
	"github.com/securitytrax/adcimport/internal/inclusion"
)

// ExplainOptions say how much an [Explanation] shows.
type ExplainOptions struct {
	// ShowValues shows what is in the record, which is personal data. Otherwise
	// a value is described, as in ‹5 letters›, and is not in the explanation.
	ShowValues bool
}

// Explanation says what a mapping makes of one record and why, rule by rule. It
// encodes as JSON; String is for a person.
type Explanation struct {
	Kind     Kind   `json:"kind"`
	SourceID string `json:"source_id"` // Alarm.com's id
	Redacted bool   `json:"redacted"`  // values are described, not shown

	// Rules is what each rule does to the record, in the order of the mapping.
	Rules []struct {
		Rule    int    `json:"rule"` // index in Mapping.Rules
		To      string `json:"to"`
		Skipped bool   `json:"skipped,omitempty"` // its condition does not hold
		// Inputs are the source fields; none: a constant.
		Inputs []struct {
			From  string `json:"from"`
			Value string `json:"value"`
		} `json:"inputs,omitempty"`
		// Steps are the transforms, and the rule's own join, default or conversion
		// to the type of its target, with the values after each.
		Steps []struct {
			Step   string   `json:"step"`
			Values []string `json:"values,omitempty"`
			Error  string   `json:"error,omitempty"`
		} `json:"steps,omitempty"`
		Output string `json:"output"`
		Error  string `json:"error,omitempty"` // the rule that the value breaks; it makes the record invalid
	} `json:"rules"`
}

// ExplainCustomer reads one customer from the source, whatever filters and the
// state say of it, and explains what the importer's mapping makes of it. Nothing
// is written. A customer that the source does not have is [ErrNotFound]; other
// errors are those of the source and [*InvalidFilterError] for what is no id.
func (imp *Importer) ExplainCustomer(ctx context.Context, id string, o ExplainOptions) (Explanation, error) {
	c, err := imp.readCustomer(ctx, id)
	if err != nil {
		return Explanation{}, fmt.Errorf("explain customer: %w", err)
	}
	return explainCustomer(imp.customers, &c, o), nil
}

// ExplainUser does for a user what [Importer.ExplainCustomer] does for a
// customer.
func (imp *Importer) ExplainUser(ctx context.Context, id string, o ExplainOptions) (Explanation, error) {
	u, err := imp.readUser(ctx, id)
	if err != nil {
		return Explanation{}, fmt.Errorf("explain user: %w", err)
	}
	return explainUser(imp.users, &u, o), nil
}

// ExplainCustomer explains what m makes of a customer that the caller has read;
// the zero Mapping is [DefaultCustomerMapping]. The transforms are those that
// the host adds. An error says that m does not work at all: [*MappingError]s,
// joined.
func (m Mapping) ExplainCustomer(transforms map[string]TransformFunc, c Customer, o ExplainOptions) (Explanation, error) {
	compiled, err := compileCustomers(m, newHostCode(slog.New(slog.DiscardHandler)).transforms(transforms))
	if err != nil {
		return Explanation{}, err
	}
	return explainCustomer(compiled, &c, o), nil
}

// ExplainUser does for a user what [Mapping.ExplainCustomer] does for a customer.
func (m Mapping) ExplainUser(transforms map[string]TransformFunc, u User, o ExplainOptions) (Explanation, error) {
	compiled, err := compileUsers(m, newHostCode(slog.New(slog.DiscardHandler)).transforms(transforms))
	if err != nil {
		return Explanation{}, err
	}
	return explainUser(compiled, &u, o), nil
}

func explainCustomer(m *customerMapping, c *Customer, o ExplainOptions) Explanation {
	e := Explanation{Kind: KindCustomer, SourceID: c.ID, Redacted: !o.ShowValues}
	engine.CleanText(c) // as a run does
	e.Rules = m.Explain(c, o.ShowValues)
	return e
}

func explainUser(m *userMapping, u *User, o ExplainOptions) Explanation {
	e := Explanation{Kind: KindUser, SourceID: u.ID, Redacted: !o.ShowValues}
	engine.CleanText(u)
	e.Rules = m.Explain(u, o.ShowValues)
	return e
}

func (imp *Importer) readCustomer(ctx context.Context, id string) (Customer, error) {
	all := Include{Terminated: true, Demo: true, Commitment: true}
	f, err := CustomerFilter{CustomerIDs: []string{id}, Include: all}.normalized()
	if err != nil {
		return Customer{}, err
	}
	var detail func(context.Context, string) (Customer, error)
	if d, ok := ability[CustomerDetailer](imp.cfg.Source); ok {
		detail = func(ctx context.Context, id string) (Customer, error) {
			ctx = inclusion.With(ctx, inclusion.Accounts(all))
			return guarded(imp.host, "Source.CustomerDetail", func() (Customer, error) { return d.CustomerDetail(ctx, id) })
		}
	}
	is := func(c *Customer) bool { return c.ID == id }
	return readOne(ctx, id, imp.cfg.Source.Customers(ctx, f, ""), is, detail)
}

func (imp *Importer) readUser(ctx context.Context, id string) (User, error) {
	f, err := UserFilter{SupportIDs: []string{id}}.normalized()
	if err != nil {
		return User{}, err
	}
	is := func(u *User) bool { return u.ID == id }
	return readOne(ctx, id, imp.cfg.Source.Users(ctx, f, ""), is, nil)
}

// readOne finds the record with an id in a listing, and asks for its details
// where the listing has only the id. The function detail may be nil.
func readOne[S any](
	ctx context.Context, id string, pages iter.Seq2[Page[S], error], is func(*S) bool, detail func(context.Context, string) (S, error),
) (S, error) {
	var none S
	for page, err := range pages {
		if err != nil {
			return none, fmt.Errorf("list %s: %w", id, err)
		}
		for i := range page.Items {
			switch {
			case !is(&page.Items[i]):
				continue
			case !page.Partial:
				return page.Items[i], nil
			case detail == nil:
				return none, fmt.Errorf("read partial page of %s: %w", id, errors.ErrUnsupported)
			}
			s, err := detail(ctx, id)
			if err != nil {
				return none, fmt.Errorf("read %s: %w", id, err)
			}
			return s, nil
		}
	}
	return none, fmt.Errorf("%s: %w", id, ErrNotFound)
}

// String is several lines for a terminal: what is long is cut, and nothing in it
// steers the terminal.
func (e Explanation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", shown(string(e.Kind), maxName), shown(e.SourceID, maxName))
	for i, r := range e.Rules {
		to := shown(r.To, maxName)
		switch {
		case r.Skipped:
			fmt.Fprintf(&b, "rule %d: %s: left out, its condition does not hold\n", r.Rule, to)
			continue
		case r.Error != "":
			fmt.Fprintf(&b, "rule %d: %s: error: %s\n", r.Rule, to, shown(r.Error, maxText))
		default:
			fmt.Fprintf(&b, "rule %d: %s = %s\n", r.Rule, to, e.text(r.Output))
		}
		e.writeWay(&b, i)
	}
	return b.String()
}

// writeWay writes the inputs and the steps of a rule.
func (e Explanation) writeWay(b *strings.Builder, rule int) {
	r := &e.Rules[rule]
	for _, in := range r.Inputs {
		fmt.Fprintf(b, "  from %s: %s\n", shown(in.From, maxName), e.text(in.Value))
	}
	for _, s := range r.Steps {
		step := shown(s.Step, maxName)
		if s.Error != "" {
			fmt.Fprintf(b, "  %s: error: %s\n", step, shown(s.Error, maxText))
			continue
		}
		values := make([]string, 0, min(len(s.Values), maxValues))
		for _, v := range s.Values[:min(len(s.Values), maxValues)] {
			values = append(values, e.text(v))
		}
		if more := len(s.Values) - len(values); more > 0 {
			values = append(values, fmt.Sprintf("and %d more", more))
		}
		fmt.Fprintf(b, "  %s: %s\n", step, strings.Join(values, " | "))
	}
}

// maxValues is how many values of a step are shown.
const maxValues = 20

// text is a value for a terminal, quoted so that spaces are seen.
func (e Explanation) text(v string) string {
	switch {
	case v == "":
		return "(empty)"
	case e.Redacted:
		return shown(v, maxText)
	}
	return strconv.Quote(shortenedTo(v, maxText))
}
