package domain

import "slices"

// Keeper is somebody who keeps more of folders than what lies in them, as an engine does
// that has records in memory. It is asked before a folder is removed or moved; what it
// refuses is not done.
type Keeper struct {
	// Removing is asked before a folder goes with all that is in it, and may take it
	// away itself.
	Removing func(dir Path) error

	Moving func(from, to Path) error
}

// AddKeeper adds a keeper.
func (d *Domain) AddKeeper(k Keeper) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.keepers = append(slices.Clip(d.keepers), k)
}

func (d *Domain) askKeepers(ask func(Keeper) error) error {
	d.mu.RLock()
	keepers := d.keepers
	d.mu.RUnlock()
	for _, k := range keepers {
		if err := ask(k); err != nil {
			return err
		}
	}
	return nil
}
