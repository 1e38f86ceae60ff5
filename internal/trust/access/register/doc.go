// Package register is a file that becomes a source: its rows as they are read,
// and what their values say of refused tags while they go by.
package register
