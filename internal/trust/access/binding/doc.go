// Package binding says how an item is found in its source and how it is compared,
// and keeps every binding ready in memory.
//
// A binding is held by what the catalog knows of its item: an item on natural
// persons that carries a refused tag is usable on no path.
package binding
