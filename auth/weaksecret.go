package auth

// minVariety is how many different sequences of three bytes a secret has. Of
// 30, which the shortest secret has, a random one repeats hardly any: fewer than
// 20 come of words repeated, or of very few characters.
const minVariety = 20

// isGuessable reports whether a secret is long enough by repetition only, or by
// counting up, as in 0123456789abcdef.
func isGuessable(secret string) bool {
	sequences, steps := map[string]bool{}, 0
	for i := 1; i < len(secret); i++ {
		if step := int(secret[i]) - int(secret[i-1]); step >= -1 && step <= 1 {
			steps++
		}
		if i >= 2 {
			sequences[secret[i-2:i+1]] = true
		}
	}
	return len(sequences) < minVariety || steps > len(secret)*3/4
}
