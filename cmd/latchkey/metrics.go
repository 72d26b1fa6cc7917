package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"latchkey/auth"
	"latchkey/handlers"
)

// metrics are what METRICS_ADDR serves. All labels have values from fixed sets; any
// other value counts as "other". No label names a person.
type metrics struct {
	registry  *prometheus.Registry
	providers []string // the ids of the configured providers

	events          *prometheus.CounterVec
	sessionsStarted *prometheus.CounterVec
	sessionsEnded   *prometheus.CounterVec
	providerUp      *prometheus.GaugeVec
	storeUp         prometheus.Gauge
	requests        *prometheus.CounterVec
	requestTime     *prometheus.HistogramVec
	providerTime    *prometheus.HistogramVec
	storeTime       *prometheus.HistogramVec
}

const other = "other"

func newMetrics(providers []auth.Provider) *metrics {
	m := &metrics{registry: prometheus.NewRegistry()}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.events = m.counter("events_total", "What happened, by kind, reason and provider.", "event", "reason", "provider")
	m.sessionsStarted = m.counter("sessions_started_total", "Sessions that started, by a sign-in or a confirmation.", "provider")
	m.sessionsEnded = m.counter("sessions_ended_total", "Sessions that ended, by who ended them.", "reason")
	up := promauto.With(m.registry)
	m.providerUp = up.NewGaugeVec(prometheus.GaugeOpts{Name: "latchkey_provider_up", Help: "Whether the provider answers: 1 or 0."}, []string{"provider"})
	m.storeUp = up.NewGauge(prometheus.GaugeOpts{Name: "latchkey_store_up", Help: "Whether the session store answers: 1 or 0."})
	m.requests = m.counter("http_requests_total", "Requests, by route, method and status.", "route", "method", "code")
	m.requestTime = m.histogram("http_request_duration_seconds", "How long responses take, by route. An event stream is one long response.", "route")
	m.providerTime = m.histogram("provider_request_duration_seconds", "How long calls of a provider take, by endpoint.", "provider", "endpoint", "result")
	m.storeTime = m.histogram("store_request_duration_seconds", "How long calls of the session store take.", "operation", "result")
	for _, p := range providers {
		m.providers = append(m.providers, p.ID)
	}
	m.startAtZero()
	return m
}

func (m *metrics) counter(name, help string, labels ...string) *prometheus.CounterVec {
	return promauto.With(m.registry).NewCounterVec(prometheus.CounterOpts{Name: "latchkey_" + name, Help: help}, labels)
}

// histogram has buckets from 1 ms, a fast store, to 8 s, the longest that a request waits.
func (m *metrics) histogram(name, help string, labels ...string) *prometheus.HistogramVec {
	return promauto.With(m.registry).NewHistogramVec(prometheus.HistogramOpts{
		Name: "latchkey_" + name, Help: help, Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2, 4, 8},
	}, labels)
}

// startAtZero makes every counter of events exist: increase() does not see the first
// event of a counter that starts with it.
func (m *metrics) startAtZero() {
	m.storeUp.Set(1)
	for _, provider := range m.providers {
		m.providerUp.WithLabelValues(provider).Set(1)
		m.sessionsStarted.WithLabelValues(provider)
	}
	for kind, reasons := range auth.EventKinds() {
		for _, reason := range reasons {
			if kind == auth.EventStoreUnavailable || kind == auth.EventStoreAvailable {
				m.events.WithLabelValues(string(kind), string(reason), "")
				continue
			}
			for _, provider := range m.providers {
				m.events.WithLabelValues(string(kind), string(reason), provider)
			}
		}
	}
	for _, reason := range auth.EventKinds()[auth.EventSessionEnded] {
		m.sessionsEnded.WithLabelValues(string(reason))
	}
}

// event is for auth.Config.OnEvent.
func (m *metrics) event(_ context.Context, e auth.Event) {
	kind, reason, provider := string(e.Kind), string(e.Reason), m.provider(e.Provider)
	reasons, known := auth.EventKinds()[e.Kind]
	if !known {
		kind, reason = other, other
	} else if !slices.Contains(reasons, e.Reason) {
		reason = other
	}
	m.events.WithLabelValues(kind, reason, provider).Inc()
	switch e.Kind {
	case auth.EventSignedIn, auth.EventStepUpConfirmed:
		m.sessionsStarted.WithLabelValues(provider).Inc()
	case auth.EventSessionEnded:
		m.sessionsEnded.WithLabelValues(reason).Inc()
	case auth.EventProviderUnavailable:
		m.providerUp.WithLabelValues(provider).Set(0)
	case auth.EventProviderAvailable:
		m.providerUp.WithLabelValues(provider).Set(1)
	case auth.EventStoreUnavailable:
		m.storeUp.Set(0)
	case auth.EventStoreAvailable:
		m.storeUp.Set(1)
	}
}

func (m *metrics) provider(id string) string {
	if id == "" || slices.Contains(m.providers, id) {
		return id
	}
	return other
}

// request is for handlers.Config.Observe, whose route and method are from fixed sets.
func (m *metrics) request(route, method string, status int, took time.Duration) {
	code := other
	if http.StatusText(status) != "" {
		code = strconv.Itoa(status)
	}
	m.requests.WithLabelValues(route, method, code).Inc()
	m.requestTime.WithLabelValues(route).Observe(took.Seconds())
}

// providerCall is for auth.Config.OnProviderCall, whose endpoint is from a fixed set.
func (m *metrics) providerCall(provider, endpoint string, status int, took time.Duration) {
	result := "ok"
	if status == 0 || status >= http.StatusBadRequest {
		result = "error"
	}
	m.providerTime.WithLabelValues(m.provider(provider), endpoint, result).Observe(took.Seconds())
}

// observe makes an app report to the metrics. A nil m does nothing.
func (m *metrics) observe(a *auth.Config, h *handlers.Config) {
	if m == nil {
		return
	}
	a.OnEvent, a.OnProviderCall, h.Observe = m.event, m.providerCall, m.request
}

// countStreams reports how many event streams are open. A nil m does nothing.
func (m *metrics) countStreams(open func() int) {
	if m == nil {
		return
	}
	promauto.With(m.registry).NewGaugeFunc(
		prometheus.GaugeOpts{Name: "latchkey_event_streams", Help: "Open tabs that watch their session."}, func() float64 { return float64(open()) })
}

// startMetrics serves GET /metrics at METRICS_ADDR until stop is called. Without an
// address, the metrics are nil.
func startMetrics(c config, log *slog.Logger) (m *metrics, stop func() error, err error) {
	if c.metricsAddress == "" {
		return nil, func() error { return nil }, nil
	}
	listener, err := listen(c.metricsAddress, "METRICS_ADDR", "METRICS_ADDR")
	if err != nil {
		return nil, nil, err
	}
	m = newMetrics(c.auth.Providers)
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4}))
	server := newServer(mux, log)
	go server.Serve(listener)
	log.Info("serving metrics", "url", "http://"+listener.Addr().String()+"/metrics")
	return m, server.Close, nil
}

// metricsAddress checks METRICS_ADDR. It has to name an interface, because everyone
// who can reach it can read the metrics.
func metricsAddress(raw string) (string, error) {
	host, port, err := net.SplitHostPort(raw)
	if _, numeric := strconv.ParseUint(port, 10, 16); raw != "" && (err != nil || numeric != nil || host == "") {
		return "", fmt.Errorf("METRICS_ADDR: %q is not an address and a port. Set it to 127.0.0.1:9090, to 0.0.0.0:9090 for all interfaces, or leave it out for no metrics", raw)
	}
	return raw, nil
}
