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
// on application and reply; which step takes how long is data of the table of
// transitions, and no clock runs yet.
package share
