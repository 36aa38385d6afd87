// Package secret generates the secrets of a stack and puts them where a plan
// only names them. A plan, an event, a log line or an error never holds one:
// Values prints itself redacted, and Redact cleans text that others made.
package secret

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/pem"
	"fmt"

	"golang.org/x/crypto/ssh"

	"github.com/ferry-project/ferry"
)

// The parts of a secret, as ferry.SecretRef names them.
const (
	Value   = "value"   // of a Password: 24 url-safe characters
	Private = "private" // of an SSHKey: OpenSSH PEM
	Public  = "public"  // of an SSHKey: one authorized_keys line, no comment, no newline
)

// passwordBytes become 24 characters of base64: 144 random bits.
const passwordBytes = 18

// Generate makes a fresh value for each secret. Two specs of one name are one
// secret; it fails on two kinds under one name, on an unknown kind and when the
// system has no randomness.
func Generate(specs []ferry.Secret) (Values, error) {
	values, kinds := Values{}, map[string]ferry.SecretKind{}
	for _, s := range specs {
		if kind, known := kinds[s.Name]; known && kind == s.Kind {
			continue
		} else if known {
			return nil, fmt.Errorf("secret %s: asked for as %s and as %s", s.Name, kind, s.Kind)
		}
		parts, err := generate(s.Kind)
		if err != nil {
			return nil, fmt.Errorf("secret %s: %w", s.Name, err)
		}
		values[s.Name], kinds[s.Name] = parts, s.Kind
	}
	return values, nil
}

func generate(kind ferry.SecretKind) (map[string]string, error) {
	switch kind {
	case ferry.Password:
		return password()
	case ferry.SSHKey:
		return sshKey()
	}
	return nil, fmt.Errorf("unknown kind %q", kind)
}

func password() (map[string]string, error) {
	raw := make([]byte, passwordBytes)
	if _, err := rand.Read(raw); err != nil {
		return nil, fmt.Errorf("generate password: %w", err)
	}
	return map[string]string{Value: base64.RawURLEncoding.EncodeToString(raw)}, nil
}

func sshKey() (map[string]string, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("generate ssh key: %w", err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		return nil, fmt.Errorf("encode ssh private key: %w", err)
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		return nil, fmt.Errorf("encode ssh public key: %w", err)
	}
	return map[string]string{
		Private: string(pem.EncodeToMemory(block)),
		Public:  publicLine(key),
	}, nil
}

// partsOf lists what a complete secret of that kind has.
func partsOf(kind ferry.SecretKind) []string {
	switch kind {
	case ferry.Password:
		return []string{Value}
	case ferry.SSHKey:
		return []string{Private, Public}
	}
	return nil
}
