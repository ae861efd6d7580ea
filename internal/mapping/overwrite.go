package mapping

import (
	"fmt"
	"strings"
)

// overwrite checks what a rule says of updates.
func (b *ruleBuilder[S, R]) overwrite() {
	switch o := b.rule.Overwrite; o {
	case "", Always:
		b.out.owned = Always
	case IfEmpty, Never:
		b.out.owned = o
		if o == IfEmpty && b.out.kind == Bool {
			b.fail("overwrite", b.rule.To, ruleError("a boolean is never empty: say always or never"))
		}
	default:
		b.fail("overwrite", b.rule.To, fmt.Errorf("does not know %q%s", o, didYouMean(o, []string{Always, IfEmpty, Never})))
	}
}

// Owned returns the index of the rule for each target that updates do not always
// overwrite, and what they do with it.
func (p *Program[S, R]) Owned() map[string]Ownership {
	list := make(map[string]Ownership)
	for _, r := range p.rules {
		if r.owned != Always {
			list[r.to] = Ownership{Rule: r.index, Overwrite: r.owned}
		}
	}
	return list
}

// Ownership is what a rule says of updates.
type Ownership struct {
	Rule      int    // index in the list of rules
	Overwrite string // IfEmpty or Never
}

// Customs returns the names of the custom attributes that the rules fill.
func (p *Program[S, R]) Customs() []string {
	var names []string
	for _, r := range p.rules {
		if name, ok := strings.CutPrefix(r.to, "Custom."); ok {
			names = append(names, name)
		}
	}
	return names
}
