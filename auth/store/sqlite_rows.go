package store

import (
	"database/sql"
	"errors"
	"time"
)

// now is the time as the database has it.
func now() int64 { return time.Now().UnixMilli() }

// only returns the data of the one row there is, or nil. It reads on to the
// end, for only there does DELETE … RETURNING report that it was committed.
func only(rows *sql.Rows, err error) (data []byte, _ error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&data); err != nil {
			return nil, err
		}
		data = copied(data)
	}
	if rows.Err() != nil {
		return nil, rows.Err()
	}
	return data, nil
}

// changed reports whether a statement changed anything.
func changed(result sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	count, err := result.RowsAffected()
	return count > 0, err
}

func closeBoth(read, write *sql.DB) error {
	return errors.Join(read.Close(), write.Close())
}
