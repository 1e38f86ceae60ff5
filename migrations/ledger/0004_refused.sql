-- A member's refused calls are found among millions that were answered.
CREATE INDEX ledger_entry_refused ON ledger_entry (owner_member, seq) WHERE state = 'refused';
