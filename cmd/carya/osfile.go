package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

// withOSFile runs `thing SET import -file PATH` with that file of the operating
// system as the input, and `thing SET export -file PATH` with it as the output:
// the file is opened here, by the person's process, never by the server. Other
// lines run as they are.
func (s *settings) withOSFile(c *cobra.Command, argv []string, run func([]string) error) error {
	at := -1
	if len(argv) > 3 && argv[0] == "thing" {
		at = slices.Index(argv[3:], "-file")
	}
	if at < 0 || at+4 >= len(argv) {
		return run(argv)
	}
	at += 3
	path := s.osPath(argv[at+1])
	rest := slices.Delete(slices.Clone(argv), at, at+2)
	switch argv[2] {
	case "import":
		return readOSFile(c, path, rest, run)
	case "export":
		return writeOSFile(c, path, rest, run)
	}
	return run(argv)
}

// osPath is a file of the operating system: a word below the home folder was
// turned into ~/… as those of the domain are.
func (s *settings) osPath(word string) string {
	if rest, ok := strings.CutPrefix(word, "~/"); ok {
		return filepath.Join(s.home, rest)
	}
	return word
}

func readOSFile(c *cobra.Command, path string, argv []string, run func([]string) error) error {
	f, err := os.Open(path)
	if err != nil {
		return wrongUsage(err)
	}
	defer f.Close()
	abs, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if fi, err := f.Stat(); err == nil && fi.Mode().IsRegular() {
		argv = append(argv, "-size", strconv.FormatInt(fi.Size(), 10))
	}
	if !slices.Contains(argv, "-name") {
		argv = append(argv, "-name", abs)
	}
	defer c.SetIn(c.InOrStdin())
	c.SetIn(f)
	return run(argv)
}

// writeOSFile is `thing SET export -file PATH`.
func writeOSFile(c *cobra.Command, path string, argv []string, run func([]string) error) error {
	if !slices.Contains(argv, "-as") {
		argv = append(argv, "-as", filepath.Ext(path))
	}
	return intoFile(c, path, func() error { return run(argv) })
}

// intoFile puts a verb's output into a file, which appears whole or not at all
// and is closed to others.
func intoFile(c *cobra.Command, path string, run func() error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return wrongUsage(err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	defer c.SetOut(c.OutOrStdout())
	c.SetOut(f)
	if err := run(); err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close(), os.Rename(f.Name(), path))
}
