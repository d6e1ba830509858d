package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"github.com/caryahq/carya/domain"
)

// settings are the global options, which stand before the verb.
type settings struct {
	root    string // directory that holds the domains
	domain  string // "" when not named
	lang    domain.Lang
	verbose bool
	home    string   // the person's home directory, for words that their shell expanded
	rest    []string // the verb and its words
}

// readSettings takes the global options off args. env is os.LookupEnv.
func readSettings(args []string, env func(string) (string, bool)) (*settings, error) {
	s := &settings{
		root:   valueOr(env, "CARYA_ROOT", "domains"),
		domain: valueOr(env, "CARYA_DOMAIN", ""),
		lang:   langOf(env),
	}
	fs := globalFlags(s)
	fs.SetInterspersed(false)
	fs.SetOutput(io.Discard)
	fs.BoolP("help", "h", false, "")
	if err := fs.Parse(args); err != nil {
		return nil, wrongFlags(err)
	}
	s.rest = fs.Args()
	if help, _ := fs.GetBool("help"); help {
		s.rest = append([]string{"help"}, s.rest...)
	}
	if s.lang == "zh" {
		s.lang = domain.ZH
	}
	if s.lang != domain.ZH && s.lang != domain.EN {
		return nil, usagef("--lang %s：只能是 zh-CN 或 en", "--lang %s: want zh-CN or en", s.lang)
	}
	s.home, _ = os.UserHomeDir()
	return s, nil
}

// globalFlags declares the global options on s; what s holds are their defaults.
func globalFlags(s *settings) *pflag.FlagSet {
	fs := pflag.NewFlagSet("carya", pflag.ContinueOnError)
	t := func(zh, en string) string { return domain.Text{ZH: zh, EN: en}.In(s.lang) }
	fs.StringVar(&s.root, "root", s.root, t("存放各个域的目录", "directory that holds the domains"))
	fs.StringVarP(&s.domain, "domain", "d", s.domain, t("要操作的域（仅有一个域时可省略）", "the domain to work on (may be left out when there is only one)"))
	fs.StringVar((*string)(&s.lang), "lang", string(s.lang), t("语言：zh-CN 或 en", "language: zh-CN or en"))
	fs.BoolVarP(&s.verbose, "verbose", "v", s.verbose, t("更多日志", "log more"))
	return fs
}

func valueOr(env func(string) (string, bool), name, def string) string {
	if v, ok := env(name); ok && v != "" {
		return v
	}
	return def
}

// langOf reads the language from the locale: Chinese for zh…, English else.
func langOf(env func(string) (string, bool)) domain.Lang {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v, ok := env(name); ok && v != "" {
			if strings.HasPrefix(v, "zh") {
				return domain.ZH
			}
			break
		}
	}
	return domain.EN
}

// unexpand turns a word that the operating system's shell expanded from ~ or
// ~/… back into what was typed.
func (s *settings) unexpand(word string) string {
	home := strings.TrimSuffix(s.home, "/")
	if home == "" {
		return word
	}
	if rest, ok := strings.CutPrefix(word, home); ok && (rest == "" || rest[0] == '/') {
		return "~" + rest
	}
	return word
}

// text picks the person's language.
func (s *settings) text(zh, en string) string { return domain.Text{ZH: zh, EN: en}.In(s.lang) }

// rootDir is the absolute root.
func (s *settings) rootDir() (string, error) { return filepath.Abs(s.root) }
