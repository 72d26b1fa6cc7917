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
// That tag stands before the front as well, for whoever has only read so far.
func (s *sealer) sealHalves(p purpose, name string, c content, expires time.Time) []byte {
	rest := s.seal(ofRest(p), name, c.rest, expires)
	front := s.seal(p, name+tag(rest), c.front, expires)
	sealed := binary.BigEndian.AppendUint32(make([]byte, 0, halvesHeader+len(front)+len(rest)), uint32(len(front)))
	sealed = append(sealed, tag(rest)...)
	return append(append(sealed, front...), rest...)
}

// openFront returns the front of what sealHalves has sealed; nil where it does
// not open, or stands beside another rest.
func (s *sealer) openFront(p purpose, name string, sealed []byte) []byte {
	if _, rest := halves(sealed); rest == nil || tag(rest) != headTag(sealed) {
		return nil
	}
	return s.openHead(p, name, sealed)
}

// openHead is openFront for the beginning of a record, in which its rest may be
// missing.
func (s *sealer) openHead(p purpose, name string, head []byte) []byte {
	front, _ := halves(head)
	if front == nil {
		return nil
	}
	return orNil(s.open(p, name+headTag(head), front))
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

// halvesHeader is what stands before the front: its length, and the rest's tag.
const halvesHeader = 4 + chacha20poly1305.Overhead

// halves takes a sealed content apart, by the length of its front.
func halves(sealed []byte) (front, rest []byte) {
	if len(sealed) < halvesHeader || frontEnd(sealed) > uint64(len(sealed)) {
		return nil, nil
	}
	return sealed[halvesHeader:frontEnd(sealed)], sealed[frontEnd(sealed):]
}

// frontEnd is where a sealed content's front ends.
func frontEnd(sealed []byte) uint64 {
	return halvesHeader + uint64(binary.BigEndian.Uint32(sealed))
}

func headTag(sealed []byte) string { return string(sealed[4:halvesHeader]) }

// tag is the end of a sealed value: the authenticator of all of it, which
// differs for whatever is sealed anew.
func tag(sealed []byte) string {
	return string(sealed[max(0, len(sealed)-chacha20poly1305.Overhead):])
}
