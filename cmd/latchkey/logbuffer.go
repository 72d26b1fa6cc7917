package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"
)

// logDelay is the longest time that a line of the access log waits for others. A write for
// each line would cost a sixth of the processor time of a request.
const logDelay = 10 * time.Millisecond

// newServerLog is newLog for the server. It writes lines together, and a warning or an
// error at once, with the lines before it. The caller calls flush at the end.
func newServerLog(w io.Writer, c config) (log *slog.Logger, flush func() error) {
	if isTerminal(w) {
		return newLog(w, c), func() error { return nil }
	}
	b := &lineBuffer{to: w}
	b.timer = time.AfterFunc(logDelay, func() { b.flush() })
	return slog.New(logHandler{newLog(b, c).Handler(), b}), b.flush
}

// maxLines limits what a lineBuffer keeps, in bytes.
const maxLines = 32 << 10

// lineBuffer collects the lines of a log.
type lineBuffer struct {
	to    io.Writer
	mu    sync.Mutex
	lines []byte
	timer *time.Timer
}

func (b *lineBuffer) Write(line []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.lines) == 0 {
		b.timer.Reset(logDelay)
	}
	b.lines = append(b.lines, line...)
	if len(b.lines) < maxLines {
		return len(line), nil
	}
	return len(line), b.writeLines()
}

func (b *lineBuffer) flush() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.writeLines()
}

// writeLines drops the lines if they cannot be written, as slog does.
func (b *lineBuffer) writeLines() error {
	if len(b.lines) == 0 {
		return nil
	}
	_, err := b.to.Write(b.lines)
	b.lines = b.lines[:0]
	return err
}

// logHandler flushes a buffer after each warning or error.
type logHandler struct {
	slog.Handler // writes to the buffer
	buffer       *lineBuffer
}

func (h logHandler) Handle(ctx context.Context, r slog.Record) error {
	err := h.Handler.Handle(ctx, r)
	if r.Level > slog.LevelInfo {
		err = errors.Join(err, h.buffer.flush())
	}
	return err
}

func (h logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return logHandler{h.Handler.WithAttrs(attrs), h.buffer}
}

func (h logHandler) WithGroup(name string) slog.Handler {
	return logHandler{h.Handler.WithGroup(name), h.buffer}
}
