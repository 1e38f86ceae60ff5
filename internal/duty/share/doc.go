// Package share brings a wish for data from one body to another: a request with
// its ground, the provider's decision with its reason, and the grant that the
// decision allows.
//
// A data user drafts a request and submits it; what is missing is told at once.
// A steward of the provider agrees, agrees in part or refuses. Reading about
// persons in a batch waits for a second steward. The requester may withdraw
// until then. From its submission on a request has a test twin, and so has the
// grant after it: the door answers there from invented subjects.
//
// Promises: no grant without a decision, and both stand in one transaction. Each
// step writes one act, one fact and one notice to the side that it concerns next,
// or does not happen. Who wrote a request does not decide it. Requester and
// provider see it, the provider from its submission on; to anyone else it does
// not exist. The steps follow Order 809 on sharing of government data, articles
// on application and reply; which clock runs in which state is data of the table of
// transitions, and how long it takes a row of the calendar. A wish for what no
// catalog lists waits as a demand of the department until that has listed it or
// refused. Of a dispute the authority of the provider's own level rules first, then
// the lowest in the tree of divisions above both sides.
package share
