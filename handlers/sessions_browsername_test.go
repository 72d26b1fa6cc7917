package handlers

import "testing"

func TestBrowserName(t *testing.T) {
	t.Parallel()
	for agent, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                                  "Firefox on Linux",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36":                         "Chrome on Windows",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0":           "Edge on Windows",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15":                   "Safari on macOS",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1": "Safari on iPhone",
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36":                         "Chrome on Android",
		"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36":                          "Chrome on ChromeOS",
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15":                                   "WebKit on Linux",
		"":                               "Unknown browser",
		"<script>alert(1)</script>":      "Unknown browser",
		"Secret/1.0 (X11; Linux x86_64)": "Unknown browser",
		"Mozilla/5.0 (compatible; Secret/2.1; +http://secret.example/bot)": "Unknown browser",
	} {
		if got := BrowserName(agent); got != want {
			t.Errorf("%s: got %q, want %q", agent, got, want)
		}
	}
}

func TestNetworkText(t *testing.T) {
	t.Parallel()
	for network, want := range map[string]string{
		"192.0.2.0/24":    "192.0.2.x",
		"10.0.0.0/24":     "10.0.0.x",
		"2001:db8:1::/48": "2001:db8:1:x",
		"2001:db8::/48":   "2001:db8:x",
		"":                "",
		"nonsense":        "",
	} {
		if got := networkText(network); got != want {
			t.Errorf("%s: got %q, want %q", network, got, want)
		}
	}
}
