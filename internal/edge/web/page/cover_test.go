package page

import "testing"

func TestACoveredTokenDiffersEachTimeAndIsTheSame(t *testing.T) {
	const token = "a-token-of-a-session"
	first, second := covered(token), covered(token)
	if first == second || bare(first) != token || bare(second) != token {
		t.Errorf("%q %q", bare(first), bare(second))
	}
	for _, none := range []string{"", token, "abc", first[:len(first)-4], first + "AAAA"} {
		if bare(none) == token {
			t.Errorf("%q passes for the token", none)
		}
	}
}
