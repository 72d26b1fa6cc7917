package auth

import (
	"encoding/binary"
	"time"

	"golang.org/x/crypto/chacha20poly1305"
)

// This file seals a record in two halves. Opening costs time and memory by the
// byte, at every request; and most of a session is tokens, which few requests
// need.

// recordParts is what a record holds.
type recordParts struct {
	summary []byte
	details []byte // opened only for whoever asks for it; may be empty
}

// sealParts seals a content so that its front opens without its rest. Neither
// passes for a half of another record, or of another version of the same one:
// the rest is sealed under the record's name, and the front under the rest's tag.
// That tag stands before the front as well, for whoever has only read so far.
func (s *sealer) sealParts(p purpose, name string, c recordParts, expires time.Time) []byte {
	rest := s.seal(detailsPurpose(p), name, c.details, expires)
	front := s.seal(p, name+tag(rest), c.summary, expires)
	sealed := binary.BigEndian.AppendUint32(make([]byte, 0, partsHeader+len(front)+len(rest)), uint32(len(front)))
	sealed = append(sealed, tag(rest)...)
	return append(append(sealed, front...), rest...)
}

// openSummary returns the front of what sealHalves has sealed; nil where it does
// not open, or stands beside another rest.
func (s *sealer) openSummary(p purpose, name string, sealed []byte) []byte {
	if _, rest := splitParts(sealed); rest == nil || tag(rest) != summaryTag(sealed) {
		return nil
	}
	return s.openSummaryHead(p, name, sealed)
}

// openSummaryHead is openFront for the beginning of a record, in which its rest may be
// missing.
func (s *sealer) openSummaryHead(p purpose, name string, head []byte) []byte {
	front, _ := splitParts(head)
	if front == nil {
		return nil
	}
	return nilUnless(s.open(p, name+summaryTag(head), front))
}

// openDetails returns the rest of what openFront has opened.
func (s *sealer) openDetails(p purpose, name string, sealed []byte) []byte {
	_, rest := splitParts(sealed)
	return nilUnless(s.open(detailsPurpose(p), name, rest))
}

func nilUnless(plain []byte, ok bool) []byte {
	if !ok {
		return nil
	}
	return plain
}

func detailsPurpose(p purpose) purpose { return p + " rest" }

// partsHeader is what stands before the front: its length, and the rest's tag.
const partsHeader = 4 + chacha20poly1305.Overhead

// splitParts takes a sealed content apart, by the length of its front.
func splitParts(sealed []byte) (front, rest []byte) {
	if len(sealed) < partsHeader || frontEnd(sealed) > uint64(len(sealed)) {
		return nil, nil
	}
	return sealed[partsHeader:frontEnd(sealed)], sealed[frontEnd(sealed):]
}

// frontEnd is where a sealed content's front ends.
func frontEnd(sealed []byte) uint64 {
	return partsHeader + uint64(binary.BigEndian.Uint32(sealed))
}

func summaryTag(sealed []byte) string { return string(sealed[4:partsHeader]) }

// tag is the end of a sealed value: the authenticator of all of it, which
// differs for whatever is sealed anew.
func tag(sealed []byte) string {
	return string(sealed[max(0, len(sealed)-chacha20poly1305.Overhead):])
}
