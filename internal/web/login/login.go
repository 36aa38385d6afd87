// Package login lets a browser in to a page of this machine, and nobody else. A link with
// a token that works once, which only who may use the server's socket can ask for, is
// traded for a cookie. There is no way around it, and none to switch it off.
package login

import (
	"crypto/rand"
	"crypto/sha256"
	"sync"
	"time"
)

const (
	// linkTime is how long a link may be followed.
	linkTime = 5 * time.Minute
	// sessionTime is how long a browser stays logged in that shows nothing of the page.
	sessionTime = 72 * time.Hour
	// renewAfter is how old a cookie may become before the browser gets it for longer.
	renewAfter = time.Hour
	// most sessions are kept; the one that ends first goes for another.
	most = 64
)

// Door is the entrance of one page. The zero value with Host and Cookie is closed until a
// link is made.
type Door struct {
	// Host is what the page is called, "ferry.localhost:7733": requests that name another
	// are not for it.
	Host string
	// Cookie is its name. It has the port in it, as cookies are sent to all ports of a host.
	Cookie string
	Now    func() time.Time

	mu       sync.Mutex
	links    expiring
	sessions expiring
}

// expiring are secrets with the time when they end. Only their sums are kept: a search in
// the map takes a time that says nothing of a secret.
type expiring map[[sha256.Size]byte]time.Time

// Link returns the address that logs a browser in, once, until it expires.
func (d *Door) Link() (url string, expires time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	token := d.links.issue(d.Now(), linkTime)
	return "http://" + d.Host + loginPath + "?" + tokenField + "=" + token, d.Now().Add(linkTime)
}

// enter trades a link's token for a session. A token works once.
func (d *Door) enter(token string) (session string, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.links.lives(token, d.Now()) {
		return "", false
	}
	delete(d.links, sha256.Sum256([]byte(token)))
	return d.sessions.issue(d.Now(), sessionTime), true
}

// known reports whether a session is one, and renews it. renewed says that its browser
// should keep it for longer.
func (d *Door) known(session string) (ok, renewed bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.Now()
	if !d.sessions.lives(session, now) {
		return false, false
	}
	sum := sha256.Sum256([]byte(session))
	if d.sessions[sum].Sub(now) > sessionTime-renewAfter {
		return true, false
	}
	d.sessions[sum] = now.Add(sessionTime)
	return true, true
}

// leave ends a session.
func (d *Door) leave(session string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.sessions, sha256.Sum256([]byte(session)))
}

// issue makes a secret and forgets those that have ended.
func (e *expiring) issue(now time.Time, life time.Duration) string {
	if *e == nil {
		*e = expiring{}
	}
	for sum, end := range *e {
		if !now.Before(end) {
			delete(*e, sum)
		}
	}
	if len(*e) >= most {
		delete(*e, e.first())
	}
	secret := rand.Text() // 128 bits at least
	(*e)[sha256.Sum256([]byte(secret))] = now.Add(life)
	return secret
}

// first returns the one that ends first.
func (e *expiring) first() (sum [sha256.Size]byte) {
	var soonest time.Time
	for s, end := range *e {
		if soonest.IsZero() || end.Before(soonest) {
			sum, soonest = s, end
		}
	}
	return sum
}

func (e expiring) lives(secret string, now time.Time) bool {
	end, ok := e[sha256.Sum256([]byte(secret))]
	return ok && now.Before(end)
}
