package handlerstest

import (
	"fmt"
	"slices"
	"testing"
)

// InExample runs a test as an example, which has no *testing.T.
func InExample(test func(tb testing.TB)) {
	tb := new(exampleTB)
	defer func() {
		for _, cleanup := range slices.Backward(tb.cleanups) {
			cleanup()
		}
	}()
	test(tb)
}

type exampleTB struct {
	testing.TB // nil: for the methods that no example calls
	cleanups   []func()
}

func (t *exampleTB) Helper()                           {}
func (t *exampleTB) Cleanup(f func())                  { t.cleanups = append(t.cleanups, f) }
func (t *exampleTB) Fatal(args ...any)                 { panic(fmt.Sprint(args...)) }
func (t *exampleTB) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
