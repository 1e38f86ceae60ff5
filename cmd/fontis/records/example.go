package records

// The examples that each command's help shows.

func example(line string) string { return "Example:\n  fontis " + line }

// Help shows an example.
func (mandateList) Help() string { return example("mandate list --session permit.txt") }

// Help shows an example.
func (mandateGive) Help() string {
	return example("mandate give 990000198001010015 --acts contest,withdraw --until 2027-06-30 --session permit.txt")
}

// Help shows an example.
func (mandateRecord) Help() string {
	return example("mandate record 990000198001010015 --principal 990000195004220038 --acts contest --until 2027-06-30 --document power-of-attorney --reference GZ-2026-17")
}

// Help shows an example.
func (mandateEnter) Help() string {
	return example("mandate enter md-4k1m --session permit.txt --into mandate.session")
}

// Help shows an example.
func (mandateWithdraw) Help() string { return example("mandate withdraw md-4k1m --session permit.txt") }

// Help shows an example.
func (mandateEnd) Help() string {
	return example("mandate end md-4k1m --reason court-decision --reference 2026-MIN-8")
}

// Help shows an example.
func (deferConfirm) Help() string { return example("defer confirm df-4k1m") }

// Help shows an example.
func (deferRefuse) Help() string {
	return example("defer refuse df-4k1m --reason 'the file names no danger'")
}

// Help shows an example.
func (deferLift) Help() string { return example("defer lift df-4k1m --reason 'the inquiry has ended'") }

// Help shows an example.
func (deferList) Help() string { return example("defer list") }

// Help shows an example.
func (deferTotals) Help() string { return example("defer totals --json") }

// Help shows an example.
func (deferGrounds) Help() string { return example("defer grounds") }

// Help shows an example.
func (deferGround) Help() string {
	return example("defer ground would-hinder-duty --jurisdiction 310000 --citation '本地条例第九条' --days 30")
}

// Help shows an example.
func (auditList) Help() string {
	return example("audit list --member tax --from 2026-10-01 --until 2026-11-01")
}

// Help shows an example.
func (auditSeed) Help() string { return example("audit seed --file audit.seed") }

// Help shows an example.
func (auditCommit) Help() string {
	return example("audit commit 9f2c41d0 --from 2026-10-01 --until 2026-11-01 --count 20 --reason 'yearly audit'")
}

// Help shows an example.
func (auditDraw) Help() string { return example("audit draw dr-4k1m --seed audit.seed") }

// Help shows an example.
func (auditCases) Help() string { return example("audit cases dr-4k1m") }

// Help shows an example.
func (auditOpen) Help() string { return example("audit open ac-4k1m") }

// Help shows an example.
func (auditAsk) Help() string { return example("audit ask ac-4k1m") }

// Help shows an example.
func (auditAnswer) Help() string {
	return example("audit answer ac-4k1m 'file P-17: pension claim of 3 October'")
}

// Help shows an example.
func (auditFinding) Help() string {
	return example("audit finding ac-4k1m in-order --reason 'file and purpose agree'")
}

// Help shows an example.
func (auditReport) Help() string {
	return example("audit report --from 2026-01-01 --until 2026-07-01 --publish")
}

// Help shows an example.
func (auditWithdraw) Help() string {
	return example("audit withdraw rp-4k1m --reason 'the answers of March were counted twice'")
}

// Help shows an example.
func (retentionRules) Help() string { return example("retention rules") }

// Help shows an example.
func (retentionComing) Help() string { return example("retention coming --days 30") }

// Help shows an example.
func (retentionCertificates) Help() string { return example("retention certificates") }

// Help shows an example.
func (holdPut) Help() string {
	return example("hold put grant g-4k1m --reason 'a court has asked for the file' --reference 2026-MIN-8")
}

// Help shows an example.
func (holdLift) Help() string { return example("hold lift hd-4k1m --reason 'the case is closed'") }

// Help shows an example.
func (holdList) Help() string { return example("hold list") }
