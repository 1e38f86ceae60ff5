// Package succession ends entries of the catalog: two that say the same become one,
// one that says too much becomes several, one whose data ended is retired, and what
// stands in its place is named.
//
// Whose entry it is ends it; where entries of two members take part, the data
// authority over both does. The entry stays as it was, with its grants and requests;
// its holders are told, and those who asked for it and wait. It is found no more, but its name answers for ever, and says
// where to go.
//
// Promises: an ended entry never comes back and its name is never given again; what
// stands in its place was published when it was named, so that no way leads in a
// ring; no item is lost in a merger or a division unless it is said; each end is one
// act and one notice to everyone who holds a grant of the entry or waits for one.
package succession
