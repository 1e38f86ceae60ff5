-- An erasure finds the batch of a trace.
CREATE UNIQUE INDEX access_batch_trace ON access_batch (trace);
