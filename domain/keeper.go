package domain

import "slices"

// Keeper is somebody who keeps more of folders than what lies in them, as an engine does
// that has records in memory. It is asked before a folder is removed, moved or copied; what
// it refuses is not done.
type Keeper struct {
	// Removing is asked before a folder goes with all that is in it, and may take it
	// away itself. done, unless it is nil, is called when the folder is away, or stays.
	Removing func(dir Path) (done func(), err error)

	Moving func(from, to Path) error

	// Reading is asked before an object is copied as it lies on disk, a folder with all
	// that is in it: what is kept elsewhere is brought there first. It may be nil.
	Reading func(of Path) error
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

// removing asks all keepers whether a folder may go; done tells them that it is away.
func (d *Domain) removing(dir Path) (done func(), err error) {
	var all []func()
	done = func() {
		for _, one := range slices.Backward(all) {
			one()
		}
	}
	err = d.askKeepers(func(k Keeper) error {
		one, err := k.Removing(dir)
		if one != nil {
			all = append(all, one)
		}
		return err
	})
	return done, err
}

// Settle has all that is kept of an object be on disk, as whoever copies it wants.
func (t *Tree) Settle(of Path) error {
	return t.d.askKeepers(func(k Keeper) error {
		if k.Reading == nil {
			return nil
		}
		return k.Reading(of)
	})
}
