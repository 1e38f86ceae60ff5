-- The authority of the node counts among those who admitted an officer: it was left
-- out, and its officer could be one hand and the other hand one whom they had made.
ALTER TABLE officer_maker ADD COLUMN of_authority boolean NOT NULL DEFAULT FALSE;
INSERT INTO officer_maker (officer, owner_member, maker, made_at, of_authority)
	SELECT i.officer, MIN(i.owner_member), i.issued_by, MIN(i.issued_at), TRUE FROM invitation i
	WHERE i.issued_by <> '' AND i.issued_by <> i.officer AND EXISTS (SELECT 1 FROM officer_role r
		JOIN identity_node n ON n.owner_member = r.owner_member WHERE r.officer = i.issued_by AND r.role = 'authority')
	GROUP BY i.officer, i.issued_by
	ON CONFLICT (officer, maker) DO NOTHING;
