package redis

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

// Redis runs each script in one step. No script uses a second key, and none leaves a
// key that does not expire.
const (
	createScript = `
		if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
		redis.call('HSET', KEYS[1], 'id', ARGV[1], 'index', ARGV[2], 'data', ARGV[3])
		redis.call('PEXPIRE', KEYS[1], ARGV[4])
		return 1`

	updateScript = `
		if redis.call('HGET', KEYS[1], 'data') ~= ARGV[1] then return 0 end
		redis.call('HSET', KEYS[1], 'data', ARGV[2])
		redis.call('PEXPIRE', KEYS[1], ARGV[3])
		return 1`

	deleteScript = `
		local record = redis.call('HMGET', KEYS[1], 'data', 'id', 'index')
		redis.call('DEL', KEYS[1])
		return record`

	// An entry's score is the time at which it expires. The index expires with its
	// last entry. Each new entry removes the expired ones, and replaces a key of
	// another type, which would never expire.
	enterScript = `
		local time = redis.call('TIME')
		local now = time[1] * 1000 + math.floor(time[2] / 1000)
		if redis.call('TYPE', KEYS[1]).ok ~= 'zset' then redis.call('DEL', KEYS[1]) end
		redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
		redis.call('ZADD', KEYS[1], 'GT', now + ARGV[2], ARGV[1])
		if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then
			redis.call('PEXPIRE', KEYS[1], ARGV[2])
		end
		return 1`

	// headScript returns the start of a record and the time left, or nothing if the
	// record is of another creation.
	headScript = `
		local record, left = redis.call('HMGET', KEYS[1], 'data', 'id'), redis.call('PTTL', KEYS[1])
		if not record[1] or left <= 0 or (ARGV[2] ~= '' and ARGV[2] ~= record[2]) then return {} end
		return {string.sub(record[1], 1, tonumber(ARGV[1])), left}`
)

// run runs a script on one key, and never sends it twice. The client would send it
// again if an answer was lost, and a second Create would find its own record and
// report that another one exists.
func (s *Store) run(ctx context.Context, script, name string, args ...any) *redis.Cmd {
	cmd := redis.NewCmd(ctx, append([]any{"eval", script, 1, name}, args...)...)
	_ = s.client.Process(ctx, once{cmd}) // the command holds the error
	return cmd
}

type once struct{ *redis.Cmd }

func (once) NoRetry() bool { return true }

// millisecondsLeft is not negative: with -1, the time left of a new index, enterScript
// would not expire it.
func millisecondsLeft(expires time.Time) int64 { return max(0, time.Until(expires).Milliseconds()) }
