package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf16"
)

// writeJSON writes what --json prints, in ASCII where a character could control the
// terminal: a provider or a browser sent some of these texts.
func writeJSON(w io.Writer, value any) error {
	var encoded, text strings.Builder
	encoder := json.NewEncoder(&encoded)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		return err
	}
	for _, r := range encoded.String() {
		if unicode.IsPrint(r) || r == '\n' {
			text.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&text, `\u%04x`, unit)
		}
	}
	_, err := io.WriteString(w, text.String())
	return err
}
