package sealed

import (
	"fmt"
	"slices"
)

const minSecret = 32 // bytes

// exampleSecrets are in documentation, so everyone knows them.
var exampleSecrets = []string{
	"replace-this-with-the-output-of-latchkey-secret",
	"your-auth-secret-generated-by-npx-auth-secret",
}

// CheckSecret returns an error, with the remedy, for a secret that is too short or can be
// guessed. The error names the variable, and does not contain the secret.
func CheckSecret(variable, secret string) error {
	const remedy = "Run `latchkey secret` for a good one"
	switch {
	case secret == "":
		return fmt.Errorf("%s: is missing. %s", variable, remedy)
	case slices.Contains(exampleSecrets, secret):
		return fmt.Errorf("%s: is the example from the documentation, which everyone knows. %s", variable, remedy)
	case len(secret) < minSecret:
		return fmt.Errorf("%s: has %d bytes, but needs at least %d. %s", variable, len(secret), minSecret, remedy)
	case isGuessable(secret):
		return fmt.Errorf("%s: repeats or counts up, so it can be guessed. %s", variable, remedy)
	}
	return nil
}

// minVariety is the least number of different three-byte sequences in a secret. The
// shortest secret has 30 sequences, and in a random one hardly any repeat: fewer than 20
// different ones mean repeated words, or very few characters.
const minVariety = 20

// isGuessable reports whether a secret is long only because it repeats or counts up, as
// 0123456789abcdef does.
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
