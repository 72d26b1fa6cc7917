package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

const (
	rounds      = 9 // of which the medians count; the peers take turns
	roundTime   = 700 * time.Millisecond
	connections = 16
)

// BenchmarkStart measures the time from the start of a process to its first page.
func BenchmarkStart(b *testing.B) {
	peers := startPeers(b)
	for b.Loop() {
		took := figures{}
		for range rounds {
			for _, p := range peers {
				took[p.name] = append(took[p.name], float64(p.startTime(b).Microseconds())/1000)
			}
		}
		took.report(b, peers, "ms")
	}
}

// BenchmarkSignedInPage asks for the home page of someone who is signed in, through
// sockets, from processes with the access log on.
func BenchmarkSignedInPage(b *testing.B) {
	peers := startPeers(b, newOAuth2Proxy(b)...)
	for b.Loop() {
		perSecond, processor, before, after := figures{}, figures{}, figures{}, figures{}
		for _, p := range peers {
			before[p.name] = []float64{p.atStart}
		}
		for range rounds {
			for _, p := range peers {
				used := p.processorTime(b)
				count, took := p.load(b, roundTime)
				perSecond[p.name] = append(perSecond[p.name], float64(count)/took.Seconds())
				processor[p.name] = append(processor[p.name], float64((p.processorTime(b)-used).Microseconds())/float64(count))
			}
		}
		for _, p := range peers {
			after[p.name] = []float64{p.resident(b)}
		}
		perSecond.report(b, peers, "requests/s")
		processor.report(b, peers, "µs-of-processor")
		before.report(b, peers, "MiB-at-start")
		after.report(b, peers, "MiB-after")
	}
}

// load requests the page on several connections at once for a while, and returns how
// often it came, and the time.
func (p *peer) load(b *testing.B, limit time.Duration) (int64, time.Duration) {
	b.Helper()
	var count atomic.Int64
	var wg sync.WaitGroup
	begin := time.Now()
	for range connections {
		wg.Go(func() {
			n, err := p.requests(begin.Add(limit))
			if err != nil {
				b.Error(err)
			}
			count.Add(n)
		})
	}
	wg.Wait()
	return count.Load(), time.Since(begin)
}

// requests requests the page again and again on one connection.
func (p *peer) requests(until time.Time) (count int64, err error) {
	conn, err := net.Dial("tcp", p.program.address())
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	request := fmt.Appendf(nil, "GET / HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\n\r\n", p.program.address(), p.cookie)
	in := bufio.NewReader(conn)
	for ; time.Now().Before(until); count++ {
		if _, err := conn.Write(request); err != nil {
			return count, err
		}
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			return count, err
		}
		size, err := io.Copy(io.Discard, resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK || size < 1500 {
			return count, fmt.Errorf("%s: got status %d and %d bytes (%v), want 200 and a page", p.name, resp.StatusCode, size, err)
		}
	}
	return count, nil
}

// BenchmarkFirstPaint measures the first contentful paint of the public page: from
// the start of the navigation, with a new profile each time. Slow is 150 ms of latency,
// 1.6 Mbit/s, and a processor that is four times slower.
func BenchmarkFirstPaint(b *testing.B) {
	peers := slices.DeleteFunc(startPeers(b), func(p *peer) bool { return p.name == "stack" }) // it has no style sheet
	for name, slow := range map[string]bool{"slow": true, "fast": false} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				paint := figures{}
				for range 2*rounds + 1 {
					for _, p := range peers {
						paint[p.name] = append(paint[p.name], p.firstPaint(b, slow))
					}
				}
				paint.report(b, peers, "ms")
			}
		})
	}
}

func (p *peer) firstPaint(b *testing.B, slow bool) float64 {
	b.Helper()
	t := newTab(b, fullChromium.running(b), chromedp.WithNewBrowserContext())
	defer func() { _ = chromedp.Cancel(t.ctx) }() // there will be many
	if slow {
		t.network(network.Conditions{Latency: 150, DownloadThroughput: 200_000, UploadThroughput: 200_000})
		call(t, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: 4})
	}
	t.open(p.program.URL)
	t.holds("the page is painted", painted+` > 0`)
	took, err := evaluate[float64](t, painted)
	if err != nil {
		b.Fatal(err)
	}
	return took
}
