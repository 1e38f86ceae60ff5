package vocab

import (
	"errors"
	"fmt"
)

// Kind is the class of a failure; the edge turns it into a status code.
type Kind string

// The seven kinds. Whoever wraps an error keeps its kind.
const (
	Invalid     Kind = "invalid"
	NotFound    Kind = "not found"
	Denied      Kind = "denied"
	Conflict    Kind = "conflict"
	Exhausted   Kind = "exhausted"
	Unavailable Kind = "unavailable"
	Internal    Kind = "internal"
)

// Code names one way to fail. Each has a title and a remedy in every language
// of web/text, and a test reads them all.
type Code string

// Failure is an error that a reader can act on: a code with its kind, the cause
// with the values that disagree, and, where the place of failure knows a better
// remedy than the code's own, that remedy.
type Failure struct {
	Kind  Kind
	Code  Code
	Cause string
	Fix   string
	inner error
}

// Error gives kind and cause, lower case.
func (f *Failure) Error() string {
	if f.inner != nil {
		return fmt.Sprintf("%s: %s: %v", f.Kind, f.Cause, f.inner)
	}
	return fmt.Sprintf("%s: %s", f.Kind, f.Cause)
}

// Unwrap gives the error underneath, if there is one.
func (f *Failure) Unwrap() error { return f.inner }

// Is makes errors.Is(err, code) work through Code.Error.
func (f *Failure) Is(target error) bool {
	c, ok := target.(Code)
	return ok && c == f.Code
}

// Error lets a Code stand as the target of errors.Is.
func (c Code) Error() string { return string(c) }

// Kind is the kind that the code belongs to.
func (c Code) Kind() Kind {
	if k, ok := codes[c]; ok {
		return k
	}
	return Internal
}

// Because makes the failure with its cause.
func (c Code) Because(format string, args ...any) *Failure {
	return &Failure{Kind: c.Kind(), Code: c, Cause: fmt.Sprintf(format, args...)}
}

// Wrap makes the failure from an error underneath; cause says what was tried.
func (c Code) Wrap(err error, format string, args ...any) *Failure {
	f := c.Because(format, args...)
	f.inner = err
	return f
}

// WithFix gives a remedy better than the code's own, such as the exact command.
func (f *Failure) WithFix(format string, args ...any) *Failure {
	g := *f
	g.Fix = fmt.Sprintf(format, args...)
	return &g
}

// KindOf is the kind of the first Failure in err's chain; Internal without one.
func KindOf(err error) Kind {
	var f *Failure
	if errors.As(err, &f) {
		return f.Kind
	}
	return Internal
}

// CodeOf is the code of the first Failure in err's chain; InternalError without one.
func CodeOf(err error) Code {
	var f *Failure
	if errors.As(err, &f) {
		return f.Code
	}
	return InternalError
}

// Codes lists every code with its kind.
func Codes() map[Code]Kind {
	m := make(map[Code]Kind, len(codes))
	for c, k := range codes {
		m[c] = k
	}
	return m
}
