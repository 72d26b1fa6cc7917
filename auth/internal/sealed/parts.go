package sealed

import (
	"encoding/binary"
	"time"

	"golang.org/x/crypto/chacha20poly1305"
)

// Parts is the content of a record. The parts are sealed separately, because
// the time and memory to open a value grow with its length: every request needs
// the short summary, and few requests need the long details.
type Parts struct {
	Summary []byte
	Details []byte // may be empty
}

// sealParts seals a record so that its summary opens without its details.
// Neither part can be moved to another record, or to another version of the same
// record: the details are sealed under the record's name, and the summary under
// that name and the details' tag. The header repeats the tag, so that the summary
// opens even if only the beginning of the record was read.
func (s *Sealer) sealParts(p Purpose, name string, parts Parts, expires time.Time) []byte {
	details := s.Seal(detailsPurpose(p), name, parts.Details, expires)
	summary := s.Seal(p, name+tag(details), parts.Summary, expires)
	sealed := binary.BigEndian.AppendUint32(make([]byte, 0, partsHeader+len(summary)+len(details)), uint32(len(summary)))
	sealed = append(sealed, tag(details)...)
	return append(append(sealed, summary...), details...)
}

// openSummary returns the summary of a sealed record. It is nil if it does not
// open or if the details belong to another record.
func (s *Sealer) openSummary(p Purpose, name string, sealed []byte) []byte {
	if _, details := splitParts(sealed); details == nil || tag(details) != summaryTag(sealed) {
		return nil
	}
	return s.openSummaryHead(p, name, sealed)
}

// openSummaryHead is openSummary for the beginning of a record, from which the
// details may be missing.
func (s *Sealer) openSummaryHead(p Purpose, name string, head []byte) []byte {
	summary, _ := splitParts(head)
	if summary == nil {
		return nil
	}
	return nilUnless(s.Open(p, name+summaryTag(head), summary))
}

// openDetails returns the details of a record whose summary has been opened.
func (s *Sealer) openDetails(p Purpose, name string, sealed []byte) []byte {
	_, details := splitParts(sealed)
	return nilUnless(s.Open(detailsPurpose(p), name, details))
}

func nilUnless(plain []byte, ok bool) []byte {
	if !ok {
		return nil
	}
	return plain
}

// detailsPurpose is part of the stored format: changing it makes all stored
// records unreadable.
func detailsPurpose(p Purpose) Purpose { return p + " rest" }

// partsHeader is the size of the summary's length and the details' tag.
const partsHeader = 4 + chacha20poly1305.Overhead

func splitParts(sealed []byte) (summary, details []byte) {
	if len(sealed) < partsHeader || summaryEnd(sealed) > uint64(len(sealed)) {
		return nil, nil
	}
	return sealed[partsHeader:summaryEnd(sealed)], sealed[summaryEnd(sealed):]
}

func summaryEnd(sealed []byte) uint64 {
	return partsHeader + uint64(binary.BigEndian.Uint32(sealed))
}

// summaryTag is the details' tag as the header has it.
func summaryTag(sealed []byte) string { return string(sealed[4:partsHeader]) }

// tag returns the authentication tag at the end of a sealed value. Sealing the
// same plain value again gives another tag.
func tag(sealed []byte) string {
	return string(sealed[max(0, len(sealed)-chacha20poly1305.Overhead):])
}
