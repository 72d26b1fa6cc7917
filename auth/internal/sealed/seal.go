// Package sealed keeps records that only this app can read: it seals values,
// and stores sealed values in a store.Store.
package sealed

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"sync"
	"time"

	"golang.org/x/crypto/chacha20poly1305"
)

// A Purpose separates sealed values: each purpose has its own key, so that a
// value sealed for one does not open for another.
type Purpose string

// Sealer seals and opens values. Its keys are derived from the secrets and the
// app's origin: a value that one app sealed does not open at another app, even if
// both share a secret. The first secret seals and every secret opens, so that
// secrets can be rotated.
//
// It uses XChaCha20-Poly1305 because AES-GCM's 12-byte nonces are too short to be drawn at
// random for one write a minute for every session.
type Sealer struct {
	origin  string
	secrets []string
	now     func() time.Time
	derived sync.Map // Purpose → []cipher.AEAD
}

// NewSealer returns a Sealer for an app's origin. The first secret seals.
func NewSealer(origin string, secrets []string, now func() time.Time) *Sealer {
	return &Sealer{origin: origin, secrets: secrets, now: now}
}

// Seal returns a value that opens only with the same purpose and name, and only
// until expires.
func (s *Sealer) Seal(p Purpose, name string, plain []byte, expires time.Time) []byte {
	aead := s.keys(p)[0]
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+8+len(plain)+aead.Overhead())
	rand.Read(nonce) // never returns an error: crypto/rand ends the program instead
	dated := binary.BigEndian.AppendUint64(make([]byte, 0, 8+len(plain)), uint64(expires.UnixMilli()))
	return aead.Seal(nonce, nonce, append(dated, plain...), associated(p, name))
}

// Open returns the plain value. It reports false if the sealed value was changed,
// has another purpose or name, was sealed with an unknown secret, or has expired.
func (s *Sealer) Open(p Purpose, name string, sealed []byte) ([]byte, bool) {
	if len(sealed) < chacha20poly1305.NonceSizeX {
		return nil, false
	}
	nonce, box := sealed[:chacha20poly1305.NonceSizeX], sealed[chacha20poly1305.NonceSizeX:]
	for _, aead := range s.keys(p) {
		dated, err := aead.Open(nil, nonce, box, associated(p, name))
		if err == nil && len(dated) >= 8 {
			expires := time.UnixMilli(int64(binary.BigEndian.Uint64(dated)))
			return dated[8:], s.now().Before(expires)
		}
	}
	return nil, false
}

func (s *Sealer) keys(p Purpose) []cipher.AEAD {
	if keys, ok := s.derived.Load(p); ok {
		return keys.([]cipher.AEAD)
	}
	keys := make([]cipher.AEAD, len(s.secrets))
	for i, secret := range s.secrets {
		keys[i] = derive(secret, s.origin, p)
	}
	s.derived.Store(p, keys)
	return keys
}

// keyLabel begins the info of each derived key (RFC 5869 3.2). Another one signs
// everyone out.
const keyLabel = "latchkey "

func derive(secret, origin string, p Purpose) cipher.AEAD {
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, keyLabel+string(p)+" of "+origin, chacha20poly1305.KeySize)
	if err != nil {
		panic(err) // only for a length that SHA-256 cannot give
	}
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		panic(err) // only for a key of the wrong length
	}
	return aead
}

func associated(p Purpose, name string) []byte {
	return []byte(string(p) + "\x00" + name)
}
