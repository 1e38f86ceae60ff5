-- Who added an officer, or gave them a code: the two are not two hands. What the
-- authority of the node gave is not kept here. Invitations end; this does not.
CREATE TABLE officer_maker (
	officer text NOT NULL,
	owner_member text NOT NULL,
	maker text NOT NULL,
	made_at bigint NOT NULL,
	PRIMARY KEY (officer, maker)
);
INSERT INTO officer_maker (officer, owner_member, maker, made_at)
	SELECT i.officer, MIN(i.owner_member), i.issued_by, MIN(i.issued_at) FROM invitation i
	WHERE i.issued_by <> '' AND NOT EXISTS (SELECT 1 FROM officer_role r JOIN identity_node n ON n.owner_member = r.owner_member
		WHERE r.officer = i.issued_by AND r.role = 'authority')
	GROUP BY i.officer, i.issued_by;
