package auth

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

// A purpose separates what is sealed: each has a key of its own, so that no
// sealed value passes for another.
type purpose string

const (
	forSession   purpose = "session"  // session records in the store
	forSignIn    purpose = "sign-in"  // the cookie of a sign-in under way
	forSignOut   purpose = "sign-out" // the cookie of a sign-out under way
	forFormToken purpose = "owner"    // who a page is of
	forNotice    purpose = "notice"   // the cookie that tells something once
	forBrowser   purpose = "browser"  // the cookie that tells browsers apart
	forLogout    purpose = "logout"   // remembered back-channel logouts in the store
	forRefresh   purpose = "refresh"  // locks on the refresh of a session's tokens
)

// sealer seals and opens values under keys derived from AUTH_SECRET and from
// the app's origin: what one app has sealed does not open at another, even if
// they share a secret. The first secret seals; all of them open, so that secrets
// can be rotated.
//
// XChaCha20-Poly1305, because its nonces are long enough to be drawn at random
// for ever: AES-GCM's are not, at a write a minute for every session.
type sealer struct {
	origin  string
	secrets []string
	now     func() time.Time
	derived sync.Map // purpose → []cipher.AEAD
}

// seal returns a value that only open with the same purpose and name gives
// back, and only until expires.
func (s *sealer) seal(p purpose, name string, plain []byte, expires time.Time) []byte {
	aead := s.keys(p)[0]
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+8+len(plain)+aead.Overhead())
	rand.Read(nonce) // never fails: crypto/rand ends the program instead
	dated := binary.BigEndian.AppendUint64(make([]byte, 0, 8+len(plain)), uint64(expires.UnixMilli()))
	return aead.Seal(nonce, nonce, append(dated, plain...), associated(p, name))
}

// open returns what was sealed, and whether it was: false for anything
// tampered with, of another purpose or name, under an unknown secret, or expired.
func (s *sealer) open(p purpose, name string, sealed []byte) ([]byte, bool) {
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

func (s *sealer) keys(p purpose) []cipher.AEAD {
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

func derive(secret, origin string, p purpose) cipher.AEAD {
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, "latchkey "+string(p)+" of "+origin, chacha20poly1305.KeySize)
	if err != nil {
		panic(err) // only for a length that SHA-256 cannot give
	}
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		panic(err) // only for a key of the wrong length
	}
	return aead
}

func associated(p purpose, name string) []byte {
	return []byte(string(p) + "\x00" + name)
}
