package web

// table is every page. A POST without a page of its own shows the page it came
// from again when it fails.
func (s *Site) table() []route {
	return []route{
		{path: "/{$}", page: "home", open: true, show: s.home},
		{path: "/language", open: true, act: s.chooseLanguage},
		{path: "/sign-in", page: "sign-in", open: true, show: s.signIn, act: s.doSignIn},
		{path: "/sign-in/with/{n}", open: true, send: s.toIssuer},
		{path: "/sign-in/back/{n}", open: true, send: s.fromIssuer},
		{path: "/sign-out", open: true, act: s.signOut},
		{path: "/invitation", page: "invitation", open: true, show: s.invitation, act: s.accept},
		{path: "/mine", page: "mine", open: true, show: s.mine, act: s.openMine},
		{path: "/mine/demo", only: true, page: "mine", open: true, show: s.mine, act: s.openDemo},

		{path: "/search", page: "search", open: true, show: s.search},
		{path: "/datasets/{id}", page: "dataset", open: true, show: s.dataset},
		{path: "/datasets/{id}/{act}", only: true, page: "dataset", show: s.dataset, act: s.step},
		{path: "/datasets/{id}/edit", page: "edit", show: s.edit, act: s.doEdit},
		{path: "/datasets/{id}/items", page: "items", show: s.items, act: s.putItem},
		{path: "/datasets/{id}/items/remove", only: true, page: "items", show: s.items, act: s.removeItem},
		{path: "/datasets/{id}/items/untag", only: true, page: "items", show: s.items, act: s.untag},
		{path: "/datasets/new", page: "new", show: s.fresh, act: s.create},
		{path: "/desk", page: "desk", show: s.desk},
		{path: "/desk/untag", only: true, page: "desk", show: s.desk, act: s.confirmUntag},
		{path: "/todo", page: "todo", show: s.todo},
		{path: "/todo/undo", only: true, page: "todo", show: s.todo, act: s.undo},
		{path: "/todo/{field}", page: "fill", show: s.fill, act: s.previewFill},
		{path: "/todo/{field}/apply", only: true, page: "fill", show: s.fill, act: s.applyFill},

		{path: "/sources", page: "sources", show: s.sources, act: s.addSource},
		{path: "/sources/{id}", page: "source", show: s.source, act: s.checkSource},
		{path: "/bind", page: "bind", show: s.bind, act: s.doBind},

		{path: "/members", page: "members", show: s.members, act: s.addMember},
		{path: "/members/{id}", page: "member", show: s.member, act: s.memberState},
		{path: "/officers", page: "officers", show: s.officers, act: s.addOfficer},
		{path: "/officers/list", only: true, page: "officers", show: s.officers, act: s.importOfficers},
		{path: "/officers/{id}", page: "officer", show: s.officer, act: s.setRoles},
		{path: "/officers/{id}/invite", only: true, page: "officer", show: s.officer, act: s.invite},
		{path: "/officers/{id}/state", only: true, page: "officer", show: s.officer, act: s.officerState},
		{path: "/officers/{id}/unlock", only: true, page: "officer", show: s.officer, act: s.unlock},
		{path: "/officers/{id}/end", only: true, page: "officer", show: s.officer, act: s.endSession},
		{path: "/machines", page: "machines", show: s.machines, act: s.issueMachine},
		{path: "/machines/revoke", only: true, page: "machines", show: s.machines, act: s.revokeMachine},
		{path: "/notices", page: "notices", show: s.notices, act: s.readNotice},
		{path: "/health", page: "health", show: s.health},

		{path: "/request", page: "request", show: s.request, act: s.draftRequest},
		{path: "/requests", page: "requests", show: s.requests},
		{path: "/requests/{id}", page: "asked", show: s.asked, act: s.decide},
		{path: "/requests/{id}/edit", page: "request", show: s.editRequest, act: s.doEditRequest},
		{path: "/requests/{id}/{act}", only: true, page: "asked", show: s.asked, act: s.requestStep},
		{path: "/grants", page: "grants", show: s.grants},
		{path: "/grants/{id}", page: "grant", show: s.grant},
		{path: "/grants/{id}/{act}", only: true, page: "grant", show: s.grant, act: s.grantStep},

		{path: "/compare", page: "compare", show: s.compare, act: s.ask},
		{path: "/batches", page: "batches", show: s.batches, act: s.startBatch},
		{path: "/batches/{id}", page: "batch", show: s.batch},
		{path: "/batches/{id}/answers.csv", send: s.batchAnswers},
		{path: "/accesses", page: "accesses", show: s.accesses},
		{path: "/accesses/{trace}", page: "why", show: s.why},
		{path: "/accesses/{trace}/receipt", page: "receipt", show: s.receipt},
		{path: "/accesses/{trace}/receipt/{part}", send: s.receiptFile},

		{path: "/import", page: "import", show: s.importFile, act: s.upload},
		{path: "/import/{id}", page: "mapping", show: s.mapping, act: s.runImport},
		{path: "/import/{id}/result", page: "imported", show: s.imported},
		{path: "/import/{id}/rejected.xlsx", send: s.rejected},
		{path: "/import/{id}/mapping.toml", send: s.mappingFile},
	}
}
