// Signs a token for the user who is logged in: go run sign.go (needs nothing but Go)
package main

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"time"
)

func main() {
	file, _ := os.ReadFile(os.Getenv("SIGNING_KEY"))
	block, _ := pem.Decode(file)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		panic(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	id, now := make([]byte, 16), time.Now().Unix()
	rand.Read(id)

	header, _ := json.Marshal(map[string]any{"alg": "RS256", "kid": os.Getenv("KID")})
	claims, _ := json.Marshal(map[string]any{"iss": os.Getenv("ISSUER"), "aud": os.Getenv("AUDIENCE"), "sub": "alice",
		"org": "rose", "iat": now, "exp": now + 60, "jti": encode(id)})
	content := encode(header) + "." + encode(claims)
	digest := sha256.Sum256([]byte(content))
	signature, err := rsa.SignPKCS1v15(nil, key.(*rsa.PrivateKey), crypto.SHA256, digest[:])
	if err != nil {
		panic(err)
	}
	fmt.Println(content + "." + encode(signature))
}
