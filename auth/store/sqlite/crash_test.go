package sqlite

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"latchkey/auth/store"
	"latchkey/auth/store/storetest"
	"os"
	"os/exec"
	"testing"
)

// A child process writes records and prints the key of each. Killed meanwhile, it
// leaves all records that it has printed.
func TestRecordsSurviveKill(t *testing.T) {
	t.Parallel()
	url, index := newURL(t), storetest.AnyKey()
	child := exec.Command(os.Args[0], "-test.run=^TestWriterProcess$")
	child.Env = append(os.Environ(), "LATCHKEY_TEST_WRITER="+url, "LATCHKEY_TEST_INDEX="+hex.EncodeToString(index[:]))
	output, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var acknowledged []store.Key
	for lines := bufio.NewScanner(output); lines.Scan(); {
		var key []byte
		if n, _ := fmt.Sscanf(lines.Text(), "written %x", &key); n == 1 && len(key) == len(store.Key{}) {
			acknowledged = append(acknowledged, store.Key(key))
		}
		if len(acknowledged) == 100 {
			child.Process.Kill()
		}
	}
	child.Wait()
	wantAll(t, opened(t, url), index, acknowledged)
}

// wantAll allows more records: the last one may be written but not printed.
func wantAll(t *testing.T, s store.Store, index store.Key, keys []store.Key) {
	t.Helper()
	if len(keys) < 100 {
		t.Fatalf("written before the kill: got %d records, want at least 100", len(keys))
	}
	for _, key := range keys {
		storetest.WantFound(t, s, key, key[:])
	}
	listed, err := s.List(t.Context(), index)
	if err != nil || len(listed) < len(keys) {
		t.Errorf("List: got %d records, error %v, want at least %d", len(listed), err, len(keys))
	}
}

// TestWriterProcess is the child process of the test above. It writes until it is
// killed.
func TestWriterProcess(t *testing.T) {
	url := os.Getenv("LATCHKEY_TEST_WRITER")
	if url == "" {
		return
	}
	var index store.Key
	hex.Decode(index[:], []byte(os.Getenv("LATCHKEY_TEST_INDEX")))
	s := opened(t, url)
	for {
		r := storetest.AnyRecord(index)
		r.Data = r.Key[:]
		storetest.WantCreated(t, s, r, true)
		fmt.Printf("written %x\n", r.Key)
	}
}
