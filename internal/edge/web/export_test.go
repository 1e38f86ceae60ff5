package web

// Posts lists every address that takes a form, for the tests that walk them all.
func (s *Site) Posts() []string {
	var out []string
	for _, r := range s.routes {
		if r.act != nil {
			out = append(out, r.path)
		}
	}
	return out
}
