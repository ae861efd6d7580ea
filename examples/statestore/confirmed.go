package main

import (
	"time"

	bolt "go.etcd.io/bbolt"
)

// confirmed says that a run's outcome confirmed a record. They are in the order
// in which they were committed.
type confirmed struct {
	Run   uint64
	RunID string
	ID    string
	At    time.Time
}

func (sc *scope) confirm(c confirmed) error {
	n, err := sc.confirmed.NextSequence()
	if err != nil {
		return err
	}
	return put(sc.confirmed, numberKey(n), c)
}

func (sc *scope) allConfirmed() (list []confirmed, err error) {
	err = sc.confirmed.ForEach(func(_, value []byte) error {
		c, err := decode[confirmed](value)
		list = append(list, c)
		return err
	})
	return list, err
}

func (sc *scope) setConfirmed(list []confirmed) error {
	if err := sc.self.DeleteBucket([]byte("confirmed")); err != nil {
		return err
	}
	var err error
	if sc.confirmed, err = sc.self.CreateBucket([]byte("confirmed")); err != nil {
		return err
	}
	for _, c := range list {
		if err := sc.confirm(c); err != nil {
			return err
		}
	}
	return nil
}

// stands reports whether the run is still there.
func (c confirmed) stands(tx *bolt.Tx) (bool, error) {
	r, err := asked(tx, c.RunID)
	return r != nil && r.Number == c.Run, err
}
