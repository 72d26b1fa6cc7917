package doctor

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"latchkey/auth/store"
)

// faulty is a store with one method that fails, or does nothing.
type faulty struct {
	store.Store
	fails   string
	err     error
	checked error // of Check
}

func (f faulty) Create(ctx context.Context, r store.Record) (bool, error) {
	if f.fails == "create" {
		return false, f.err
	}
	return f.Store.Create(ctx, r)
}

func (f faulty) Find(ctx context.Context, key store.Key) ([]byte, error) {
	if f.fails == "find" {
		return nil, f.err
	}
	return f.Store.Find(ctx, key)
}

func (f faulty) Update(ctx context.Context, key store.Key, old, data []byte, expires time.Time) (bool, error) {
	if f.fails == "update" {
		return false, f.err
	}
	return f.Store.Update(ctx, key, old, data, expires)
}

func (f faulty) Delete(ctx context.Context, key store.Key) ([]byte, error) {
	if f.fails == "delete" {
		return nil, f.err
	}
	return f.Store.Delete(ctx, key)
}

func (f faulty) Check(context.Context) ([]store.Finding, error) {
	return []store.Finding{{Name: "good", Detail: "on"}, {Name: "poor", Detail: "off", Remedy: "Switch it on"}, {Name: "bad", Detail: "gone", Remedy: "Bring it back", Severe: true}}, f.checked
}

func TestDoctorFindsStoreFault(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"create", "find", "update", "delete"} {
		for _, err := range []error{errors.New("permission denied"), nil} {
			memory := store.NewMemory()
			t.Cleanup(func() { memory.Close() })
			got := byName(t, Store(t.Context(), faulty{Store: memory, fails: step, err: err}))["store: access"]
			want := step + ": it has no effect"
			if err != nil {
				want = step + ": permission denied"
			}
			if got.Status != Error || !strings.Contains(got.Detail, want) || got.Remedy == "" {
				t.Errorf("%s fails with %v: got %+v, want an error with %q", step, err, got, want)
			}
		}
	}
}

// What a server writes is made printable, and cannot imitate a line.
func TestDoctorSanitizesStoreText(t *testing.T) {
	t.Parallel()
	hostile := errors.New("\x1b[2J\nok       store: access: " + strings.Repeat("x", 1000))
	memory := store.NewMemory()
	t.Cleanup(func() { memory.Close() })
	checks := Store(t.Context(), faulty{Store: memory, fails: "find", err: hostile, checked: hostile})
	for _, c := range append(checks, StoreFailed(errors.New("\x1b[2J\nok"))...) {
		if strings.ContainsAny(c.Detail, "\x1b\n") || len(c.Detail) > 500 {
			t.Errorf("%s: got %q, want it short and printable", c.Name, c.Detail)
		}
	}
}

func TestDoctorReportsStoreSettings(t *testing.T) {
	t.Parallel()
	memory := store.NewMemory()
	t.Cleanup(func() { memory.Close() })
	checks := byName(t, Store(t.Context(), faulty{Store: memory}))
	for name, want := range map[string]Status{"access": OK, "good": OK, "poor": Warning, "bad": Error} {
		if got := checks["store: "+name]; got.Status != want {
			t.Errorf("%s: got %+v, want %s", name, got, want)
		}
	}
	checks = byName(t, Store(t.Context(), faulty{Store: memory, checked: errors.New("permission denied")}))
	if got := checks["store: settings"]; got.Status != Warning || !strings.Contains(got.Detail, "permission denied") {
		t.Errorf("settings that cannot be read: got %+v, want a warning", got)
	}
	if got := byName(t, Store(t.Context(), memory))["store: settings"]; got.Status != Warning || !strings.Contains(got.Remedy, "SESSION_STORE") {
		t.Errorf("memory: got %+v, want a warning", got)
	}
}

func TestDoctorReportsStoreThatDoesNotOpen(t *testing.T) {
	t.Parallel()
	checks := byName(t, StoreFailed(errors.New("redis: 10.0.0.1:6379 cannot be reached: start it, or correct the URL")))
	if got := checks["store: access"]; got.Status != Error || !strings.Contains(got.Detail, "cannot be reached") || got.Remedy == "" {
		t.Errorf("got %+v, want an error", got)
	}
	if got := checks["store: settings"]; got.Status != Skipped {
		t.Errorf("the settings: got %+v, want them skipped", got)
	}
}
