package domain

// carryOut does what the plan worked out, in the script's order.
func (p *initPlan) carryOut() (InitReport, error) {
	var r InitReport
	for _, t := range p.order {
		if err := p.d.lay(t); err != nil {
			return r, ioError(err, t.path)
		}
	}
	for _, t := range p.order {
		if !t.shown {
			continue
		}
		changed := t.newMeta != nil || t.newText != nil
		if def := p.targets[t.path.child(thingJSON)]; def != nil && def.thing {
			changed = changed || def.newText != nil
		}
		switch {
		case !t.was:
			r.Made = append(r.Made, t.path)
		case changed:
			r.Changed = append(r.Changed, t.path)
		default:
			r.Kept = append(r.Kept, t.path)
		}
	}
	return r, nil
}

// lay makes one target what it shall be. The metadata comes first: an endpoint
// must never be live without its guards.
func (d *Domain) lay(t *initTarget) error {
	if t.was && t.newMeta == nil && t.newText == nil {
		return nil
	}
	row := d.row(t.path)
	row.Lock()
	defer row.Unlock()
	d.shape.RLock()
	defer d.shape.RUnlock()
	dir := t.path
	if t.race == FILE {
		dir = t.path.Dir()
	}
	if err := d.makeDirs(dir); err != nil {
		return err
	}
	if t.newMeta != nil {
		if err := d.put(metaPath(t.path, t.race), t.newMeta); err != nil {
			return err
		}
	}
	if t.newText != nil {
		return d.put(t.path, t.newText)
	}
	return nil
}

// put replaces a file and tells of it.
func (d *Domain) put(p Path, data []byte) error {
	err := d.replace(p, data)
	d.changed(p)
	return err
}
