package state

import "fmt"

// Fill lets the file grow no more, as a full disk does, until it is freed.
func (s *Store) Fill() (free func() error, err error) {
	var pages int
	if err := s.write.QueryRow("PRAGMA page_count").Scan(&pages); err != nil {
		return nil, err
	}
	limit := func(n int) error {
		return s.write.QueryRow(fmt.Sprintf("PRAGMA max_page_count = %d", n)).Scan(new(int))
	}
	return func() error { return limit(1 << 30) }, limit(pages)
}
