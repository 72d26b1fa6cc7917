package redis

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

// What Redis does in one step. No script touches a second key, and none leaves
// a key without an end.
var (
	createScript = redis.NewScript(`
		if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
		redis.call('HSET', KEYS[1], 'id', ARGV[1], 'index', ARGV[2], 'data', ARGV[3])
		redis.call('PEXPIRE', KEYS[1], ARGV[4])
		return 1`)

	updateScript = redis.NewScript(`
		if redis.call('HGET', KEYS[1], 'data') ~= ARGV[1] then return 0 end
		redis.call('HSET', KEYS[1], 'data', ARGV[2])
		redis.call('PEXPIRE', KEYS[1], ARGV[3])
		return 1`)

	deleteScript = redis.NewScript(`
		local record = redis.call('HMGET', KEYS[1], 'data', 'id', 'index')
		redis.call('DEL', KEYS[1])
		return record`)

	// A key of another type is not ours, and would be in the way for ever. An
	// entry's score is its end. The index ends with the last of them, and
	// whoever enters one clears out those that are over.
	enterScript = redis.NewScript(`
		local time = redis.call('TIME')
		local now = time[1] * 1000 + math.floor(time[2] / 1000)
		if redis.call('TYPE', KEYS[1]).ok ~= 'zset' then redis.call('DEL', KEYS[1]) end
		redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
		redis.call('ZADD', KEYS[1], 'GT', now + ARGV[2], ARGV[1])
		if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then
			redis.call('PEXPIRE', KEYS[1], ARGV[2])
		end
		return 1`)
)

// listScript returns the head of a record, its id and the time that it has left.
// It is sent in a pipeline, where a script cannot be named by its hash: nothing
// would send it in full to a server that has not seen it.
const listScript = `
	local record = redis.call('HMGET', KEYS[1], 'data', 'id')
	if not record[1] then return {false, false, 0} end
	return {string.sub(record[1], 1, tonumber(ARGV[1])), record[2], redis.call('PTTL', KEYS[1])}`

// run runs a script on one key: by its hash, and in full where the server has
// not seen it yet.
func (s *Store) run(ctx context.Context, script *redis.Script, name string, args ...any) *redis.Cmd {
	return script.Run(ctx, noRetry{s.client}, []string{name}, args...)
}

// noRetry never sends a script twice. The client would, where an answer was
// lost, and a repeated Create would find its own record and deny it.
type noRetry struct{ redis.UniversalClient }

func (c noRetry) Eval(ctx context.Context, script string, keys []string, args ...any) *redis.Cmd {
	return c.send(ctx, append([]any{"eval", script, len(keys), keys[0]}, args...))
}

func (c noRetry) EvalSha(ctx context.Context, hash string, keys []string, args ...any) *redis.Cmd {
	return c.send(ctx, append([]any{"evalsha", hash, len(keys), keys[0]}, args...))
}

func (c noRetry) send(ctx context.Context, args []any) *redis.Cmd {
	cmd := redis.NewCmd(ctx, args...)
	_ = c.Process(ctx, once{cmd}) // the command holds the error
	return cmd
}

type once struct{ *redis.Cmd }

func (once) NoRetry() bool { return true }

// millisecondsLeft is a time left, in milliseconds.
func millisecondsLeft(expires time.Time) int64 { return time.Until(expires).Milliseconds() }
