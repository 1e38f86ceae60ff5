// Command fontis is the whole house in one binary: the node and its pages, the
// witness, the checker, and the command line that speaks with them.
//
// The flow: main reads the arguments, the subcommand's Run does its work with a
// console (streams, officer, node), and an exit code tells how it ended: 0 done,
// 1 refused or not true, 2 misuse, 3 a declared loss. Every verb about data is a
// call of the node's HTTP interface, over the network when the node runs, in
// this process when it does not; so the command line can do nothing that a
// program cannot.
//
// The promise: the result stands on stdout and nothing else does; the diary and
// every error stand on stderr, with cause, remedy and trace.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"fontis/cmd/fontis/console"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	roomyHeap(ctx)
	code := run(ctx, os.Args[1:], console.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
	stop()
	os.Exit(code)
}
