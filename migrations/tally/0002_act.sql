-- Each round reads the acts, to hold the tables beside the ledger against them.
CREATE INDEX ledger_entry_act ON ledger_entry (seq) WHERE kind = 4;
