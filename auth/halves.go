package auth

import (
	"encoding/binary"
	"time"

	"golang.org/x/crypto/chacha20poly1305"
)

// This file seals a record in two halves. Opening costs time and memory by the
// byte, at every request; and most of a session is tokens, which few requests
// need.

// content is what a record holds.
type content struct {
	front []byte
	rest  []byte // opened only for whoever asks for it; may be empty
}

// sealHalves seals a content so that its front opens without its rest. Neither
// passes for a half of another record, or of another version of the same one:
// the rest is sealed under the record's name, and the front under the rest's tag.
func (s *sealer) sealHalves(p purpose, name string, c content, expires time.Time) []byte {
	rest := s.seal(ofRest(p), name, c.rest, expires)
	front := s.seal(p, name+tag(rest), c.front, expires)
	sealed := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(front)+len(rest)), uint32(len(front)))
	return append(append(sealed, front...), rest...)
}

// openFront returns the front of what sealHalves has sealed; nil where it does
// not open.
func (s *sealer) openFront(p purpose, name string, sealed []byte) []byte {
	front, rest := halves(sealed)
	return orNil(s.open(p, name+tag(rest), front))
}

// openRest returns the rest of what openFront has opened.
func (s *sealer) openRest(p purpose, name string, sealed []byte) []byte {
	_, rest := halves(sealed)
	return orNil(s.open(ofRest(p), name, rest))
}

func orNil(plain []byte, ok bool) []byte {
	if !ok {
		return nil
	}
	return plain
}

func ofRest(p purpose) purpose { return p + " rest" }

// halves takes a sealed content apart, by the length of its front.
func halves(sealed []byte) (front, rest []byte) {
	if len(sealed) < 4 {
		return nil, nil
	}
	length, both := binary.BigEndian.Uint32(sealed), sealed[4:]
	if uint64(length) > uint64(len(both)) {
		return nil, nil
	}
	return both[:length], both[length:]
}

// tag is the end of a sealed value: the authenticator of all of it, which
// differs for whatever is sealed anew.
func tag(sealed []byte) string {
	return string(sealed[max(0, len(sealed)-chacha20poly1305.Overhead):])
}
