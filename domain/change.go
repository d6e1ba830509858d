package domain

// What changed at a path goes the same way whether this process wrote it or a
// person did: forget what was cached, learn ids and configuration anew, tell
// those who asked.

// changed is an own write that made, replaced, moved or removed p.
func (d *Domain) changed(p Path) { d.ownWrite(p, true) }

// Generation counts the changes of the tree that are known: own writes, and what the
// watch tells. Records of ThingSets are not among them.
func (d *Domain) Generation() uint64 {
	d.cache.mu.RLock()
	defer d.cache.mu.RUnlock()
	return d.cache.gen
}

// written is an own write into the file p.
func (d *Domain) written(p Path) { d.ownWrite(p, false) }

func (d *Domain) ownWrite(p Path, whole bool) {
	d.forget(p, whole)
	d.learn(p, whole)
	if w := d.watch.w.Load(); w != nil {
		w.note(p, whole)
	}
}

// forget drops what is cached of p; whole says that p came, went or was
// replaced, so that what lies below is meant too.
func (d *Domain) forget(p Path, whole bool) {
	d.cache.forget(p, whole)
	if owner, race, ok := metaOwner(p); ok {
		d.cache.forget(owner, race == DIR) // children know their parent's id
	}
	if p.Base() == thingJSON {
		d.cache.forget(p.Dir(), true) // what is a record's folder is veiled
	}
}

// learn reads anew what is kept of p.
func (d *Domain) learn(p Path, whole bool) {
	if p == configPath || whole && configPath.Below(p) {
		d.conf.refresh()
	}
	if owner, _, ok := metaOwner(p); ok {
		d.ids.learn(owner)
	} else if whole {
		d.ids.learnAll(p)
	}
}
