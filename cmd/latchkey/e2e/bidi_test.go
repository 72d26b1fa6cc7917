package e2e

import (
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"golang.org/x/net/websocket"
)

// bidi is a client of WebDriver BiDi (https://www.w3.org/TR/webdriver-bidi/).
type bidi struct {
	conn *websocket.Conn
	on   func(method string, params json.RawMessage) // receives the events

	mu       sync.Mutex
	last     int
	waiting  map[int]chan bidiMessage
	received error // why nothing more is received
}

// bidiMessage is an event, or the response to the command with its ID.
type bidiMessage struct {
	ID      int             `json:"id"`
	Type    string          `json:"type"`
	Result  json.RawMessage `json:"result"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`
	Error   string          `json:"error"`
	Message string          `json:"message"`
}

// dialBiDi connects to a browser, and starts a session.
func dialBiDi(url string, on func(method string, params json.RawMessage)) (*bidi, error) {
	conn, err := websocket.Dial(url+"/session", "", "http://localhost")
	if err != nil {
		return nil, err
	}
	b := &bidi{conn: conn, on: on, waiting: map[int]chan bidiMessage{}}
	go b.receive()
	return b, b.call("session.new", object{"capabilities": object{}}, nil)
}

type object = map[string]any

func (b *bidi) receive() {
	for {
		var m bidiMessage
		if err := websocket.JSON.Receive(b.conn, &m); err != nil {
			b.close(err)
			return
		}
		if m.Type == "event" {
			b.on(m.Method, m.Params)
			continue
		}
		b.mu.Lock()
		response := b.waiting[m.ID]
		delete(b.waiting, m.ID)
		b.mu.Unlock()
		if response != nil {
			response <- m
		}
	}
}

func (b *bidi) close(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.received = err
	for _, response := range b.waiting {
		close(response)
	}
	clear(b.waiting)
}

// call sends a command, and decodes its result unless that is nil.
func (b *bidi) call(method string, params object, result any) error {
	response := make(chan bidiMessage, 1)
	b.mu.Lock()
	if b.received != nil {
		b.mu.Unlock()
		return b.received
	}
	b.last++
	b.waiting[b.last] = response
	err := websocket.JSON.Send(b.conn, object{"id": b.last, "method": method, "params": params})
	b.mu.Unlock()
	if err != nil {
		return err
	}
	select {
	case m := <-response:
		if m.Type != "success" {
			return fmt.Errorf("%s: %s: %s", method, m.Error, m.Message)
		}
		if result == nil {
			return nil
		}
		return json.Unmarshal(m.Result, result)
	case <-time.After(maxWait / 2): // less than eventually waits
		return fmt.Errorf("%s: no response", method)
	}
}
