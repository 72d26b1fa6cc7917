package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
)

func bareMemory(ctx context.Context, _ Store) error { return ctx.Err() }

func bareSQLite(ctx context.Context, s Store) (err error) {
	var one int
	return s.(*sqliteStore).read.QueryRowContext(ctx, "SELECT 1").Scan(&one)
}

func bareRedis(ctx context.Context, s Store) error {
	return s.(*redisStore).client.Ping(ctx).Err()
}

func barePostgres(ctx context.Context, s Store) error {
	var one int
	return s.(*postgresStore).pool.QueryRow(ctx, "SELECT 1").Scan(&one)
}

func readMemory(_ context.Context, s Store, keys []Key) error {
	for _, key := range keys {
		if len(s.(*memory).records[key].Data) == 0 {
			return errors.New("got nothing, want a session")
		}
	}
	return nil
}

func readSQLite(ctx context.Context, s Store, keys []Key) error {
	rows, err := s.(*sqliteStore).read.QueryContext(ctx, "SELECT data FROM records WHERE key IN (?, ?, ?, ?, ?)",
		keys[0][:], keys[1][:], keys[2][:], keys[3][:], keys[4][:])
	if err != nil {
		return err
	}
	defer rows.Close()
	var data []byte
	for rows.Next() {
		if err := rows.Scan(&data); err != nil {
			return err
		}
	}
	return rows.Err()
}

func readRedis(ctx context.Context, s Store, keys []Key) error {
	_, err := s.(*redisStore).client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for _, key := range keys {
			pipe.HGet(ctx, recordName(key), "data")
		}
		return nil
	})
	return err
}

func readPostgres(ctx context.Context, s Store, keys []Key) error {
	wanted := make([][]byte, len(keys))
	for i := range keys {
		wanted[i] = keys[i][:]
	}
	const query = `SELECT data FROM unnest($1::bytea[]) AS wanted,
		LATERAL (SELECT data FROM latchkey_records WHERE key = wanted OFFSET 0) AS record`
	rows, err := s.(*postgresStore).pool.Query(ctx, query, wanted)
	if err != nil {
		return err
	}
	_, err = pgx.CollectRows(rows, pgx.RowTo[[]byte])
	return err
}
