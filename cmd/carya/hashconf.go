package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/www"
)

// readHash reads the cost of password hashes, .carya/hash.json of the root:
// {memory, time, threads}. Without the file the default stays; one that is broken
// or too weak keeps the server from starting.
func readHash(dir string, people *www.Service) error {
	name := filepath.Join(dir, ".carya", "hash.json")
	src, err := domain.ReadHostFile(name, domain.MaxText)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	h := www.DefaultHash
	doc, err := relaxed.ToJSON(string(src))
	if err == nil {
		err = json.Unmarshal(doc, &h)
	}
	if err == nil {
		err = www.CheckHash(h)
	}
	if err != nil {
		return fmt.Errorf(".carya/hash.json: %w", err)
	}
	people.SetHash(h)
	return nil
}
