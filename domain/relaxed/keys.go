package relaxed

// keys gives each key of an object its place: by looking through them while
// they are few, by a map once they are many.
type keys struct {
	first [8]string
	n     int
	index map[string]int
}

// add notes k; dup says that it stood at place i before.
func (s *keys) add(k string) (i int, dup bool) {
	if s.index != nil {
		return s.addIndexed(k)
	}
	for i, old := range s.first[:s.n] {
		if old == k {
			return i, true
		}
	}
	if s.n < len(s.first) {
		s.first[s.n] = k
		s.n++
		return s.n - 1, false
	}
	s.index = make(map[string]int, 4*s.n)
	for i, old := range s.first {
		s.index[old] = i
	}
	return s.addIndexed(k)
}

func (s *keys) addIndexed(k string) (i int, dup bool) {
	if i, dup = s.index[k]; !dup {
		i = len(s.index)
		s.index[k] = i
	}
	return i, dup
}
