package server

import (
	"context"
	"log/slog"
	"net"
	"net/http"

	"github.com/ferry-project/ferry"
	"github.com/ferry-project/ferry/internal/api/server"
)

// TCP is where the API is served beside the socket.
type TCP struct {
	Address, Cert, Key, Token string
}

// check refuses what would leave the API open.
func (t TCP) check() error {
	if t.Address == "" || t.Cert != "" && t.Key != "" && t.Token != "" {
		return nil
	}
	return ferry.Errorf(ferry.Invalid, "the API is served on TCP only with a certificate, its key and a token").
		WithHint("ferry server --listen ADDRESS --tls-cert FILE --tls-key FILE, and the token in FERRY_TOKEN")
}

// network is the API on TCP; the zero value listens nowhere.
type network struct {
	net.Listener
	handler http.Handler
}

func (t TCP) listen(h http.Handler) (network, error) {
	if t.Address == "" {
		return network{}, nil
	}
	l, err := server.ListenTLS(t.Address, t.Cert, t.Key)
	if err != nil {
		return network{}, err
	}
	return network{Listener: l, handler: l.OnlyHost(server.WithToken(h, t.Token))}, nil
}

func (n network) serve(ctx context.Context, log *slog.Logger) error {
	if n.Listener == nil {
		return nil
	}
	return server.Serve(ctx, n.Listener, n.handler, log)
}
