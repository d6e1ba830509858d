package grant

import "strings"

// Command is the line that makes a change to a domain's grants, as it is pasted at a
// terminal. Normal takes whatever it suggests.
func Command(domain string, c Change) string {
	words := []string{domain, c.Kind, Word(c.Value)}
	if c.Revoke {
		words = append(words, "--revoke")
	}
	return "carya grant " + typed(domain, c.Value, words)
}

// typed joins the words behind `carya grant`: behind -- where they would be taken for
// something else.
func typed(domain, value string, words []string) string {
	if domain == "list" || strings.HasPrefix(value, "-") {
		flags := words[3:]
		words = append(append(append([]string{}, flags...), "--"), words[:3]...)
	}
	return strings.Join(words, " ")
}

// Word is text as one word of a command line: quoted where the operating system's
// shell would read it as anything else.
func Word(text string) string {
	if text != "" && text[0] != '=' && strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:/=") == "" {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
