// Package right holds the commands that set right what is wrong: values in
// dispute, changes of a person's status, and where notices about them go.
//
// Each command reads its arguments, makes one call of the interface and prints
// the answer; it can do nothing that a program cannot.
package right
