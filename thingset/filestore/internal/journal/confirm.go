package journal

// What an earlier process has written and not synced is read all the same, for
// it may have been acknowledged just before the process ended. Before anything is
// built on it, it is made durable: otherwise a power cut could take it away and leave
// what came later.

// Confirm makes durable what was read when the journal was opened.
func (j *Journal) Confirm() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.confirm(); err != nil {
		return unwritten(err)
	}
	return nil
}

// confirm writes the last groups once more. To sync the file would not do: when a
// sync has failed before, the system takes what it could not write for written. A
// group was synced before the next one was written, so all others are durable.
func (j *Journal) confirm() error {
	if !j.unsure {
		return nil
	}
	if s := j.segs; len(s) > 0 {
		if err := s[len(s)-1].rewrite(); err != nil {
			return err
		}
	}
	if err := j.d.SyncUp(Dir); err != nil {
		return err
	}
	j.unsure, j.rooted = false, true
	j.folder, _ = j.d.Lstat(Dir)
	return nil
}

// rewrite writes the last frame of a segment once more, with the one before,
// which was perhaps written together with it.
func (s *Segment) rewrite() error {
	if s.tail == s.size {
		return nil // nothing was read
	}
	data := make([]byte, s.size-s.tail)
	if _, err := s.File.ReadAt(data, s.tail); err != nil {
		return err
	}
	if _, err := s.File.WriteAt(data, s.tail); err != nil {
		return err
	}
	return s.File.Sync()
}
