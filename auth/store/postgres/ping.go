package postgres

import (
	"context"
	"latchkey/auth/store"
	"latchkey/auth/store/internal/engine"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
)

// postgresPing asks on a connection of its own, so that it neither waits for
// those of requests nor believes in them: it begins a new one as soon as one has
// failed.
type postgresPing struct {
	config  *pgx.ConnConfig
	turn    chan struct{} // held by who uses the rest
	conn    *pgx.Conn     // nil: none
	dialing chan dialed   // nil: nobody dials
	closed  bool
}

type dialed struct {
	conn *pgx.Conn
	err  error
}

func newPostgresPing(config *pgx.ConnConfig) *postgresPing {
	config = config.Copy()
	config.ConnectTimeout = engine.DialTimeout
	return &postgresPing{config: config, turn: make(chan struct{}, 1)}
}

// ask has the server do what it refuses where it cannot be written to, and what
// changes nothing where it can.
func (p *postgresPing) ask(ctx context.Context) error {
	select {
	case p.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-p.turn }()
	if err := p.connect(ctx); err != nil {
		return err
	}
	_, err := p.conn.Exec(ctx, deleteRecord, make([]byte, len(store.Key{})))
	if err != nil {
		go closeConn(p.conn)
		p.conn = nil
	}
	return err
}

// connect goes on dialing when ctx is done, for the next who asks: of several
// hosts, the first may be away.
func (p *postgresPing) connect(ctx context.Context) error {
	if p.closed {
		return net.ErrClosed
	}
	if p.conn != nil {
		return nil
	}
	if p.dialing == nil {
		done := make(chan dialed, 1)
		p.dialing = done
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Duration(1+len(p.config.Fallbacks))*engine.DialTimeout)
			defer cancel()
			conn, err := pgx.ConnectConfig(ctx, p.config)
			done <- dialed{conn, err}
		}()
	}
	select {
	case d := <-p.dialing:
		p.dialing, p.conn = nil, d.conn
		return d.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// close ends the connection, also one that is still being made.
func (p *postgresPing) close() {
	p.turn <- struct{}{}
	defer func() { <-p.turn }()
	p.closed = true
	if p.conn != nil {
		closeConn(p.conn)
		p.conn = nil
	}
	if dialing := p.dialing; dialing != nil {
		go func() {
			if d := <-dialing; d.conn != nil {
				closeConn(d.conn)
			}
		}()
	}
}
