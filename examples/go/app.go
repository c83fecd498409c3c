// SPDX-License-Identifier: Apache-2.0

// A web application that signs its users in with OpenID Connect: go run app.go --port 3003
package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"sync"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// What a browser's cookie stands for.
type session struct{ state, nonce, verifier, name, email string }

type app struct {
	home     string
	uauth    oauth2.Config
	verifier *oidc.IDTokenVerifier
	mutex    sync.Mutex
	sessions map[string]*session
}

func secret() string {
	bits := make([]byte, 32)
	if _, err := rand.Read(bits); err != nil {
		log.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(bits)
}

func (a *app) sessionOf(w http.ResponseWriter, r *http.Request) *session {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if cookie, err := r.Cookie("app"); err == nil && a.sessions[cookie.Value] != nil {
		return a.sessions[cookie.Value]
	}
	id, s := secret(), &session{}
	a.sessions[id] = s
	http.SetCookie(w, &http.Cookie{Name: "app", Value: id, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	return s
}

func (a *app) login(w http.ResponseWriter, r *http.Request) {
	s := a.sessionOf(w, r)
	s.state, s.nonce, s.verifier = secret(), secret(), secret()
	challenge := sha256.Sum256([]byte(s.verifier))
	http.Redirect(w, r, a.uauth.AuthCodeURL(s.state, oidc.Nonce(s.nonce),
		oauth2.SetAuthURLParam("code_challenge_method", "S256"),
		oauth2.SetAuthURLParam("code_challenge", base64.RawURLEncoding.EncodeToString(challenge[:]))), http.StatusSeeOther)
}

// Checks state, exchanges the code, and checks signature, issuer, audience, times and nonce of what comes.
func (a *app) signIn(ctx context.Context, s *session, r *http.Request) error {
	answer := r.URL.Query()
	if s.state == "" || answer.Get("state") != s.state {
		return errors.New("nobody has asked for this answer")
	}
	if answer.Get("error") != "" {
		return errors.New(answer.Get("error"))
	}
	tokens, err := a.uauth.Exchange(ctx, answer.Get("code"), oauth2.SetAuthURLParam("code_verifier", s.verifier))
	if err != nil {
		return err
	}
	raw, _ := tokens.Extra("id_token").(string)
	id, err := a.verifier.Verify(ctx, raw)
	if err != nil {
		return err
	}
	if id.Nonce != s.nonce {
		return errors.New("the ID token is of another request")
	}
	var claims struct{ Name, Email string }
	if err := id.Claims(&claims); err != nil {
		return err
	}
	s.state, s.name, s.email = "", claims.Name, claims.Email
	return nil
}

func (a *app) callback(w http.ResponseWriter, r *http.Request) {
	if err := a.signIn(r.Context(), a.sessionOf(w, r), r); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (a *app) index(w http.ResponseWriter, r *http.Request) {
	s := a.sessionOf(w, r)
	if s.email == "" {
		fmt.Fprintf(w, "Nobody is signed in: %s/login\n", a.home)
		return
	}
	fmt.Fprintf(w, "Signed in as %s <%s>.\n", s.name, s.email)
}

func main() {
	port := flag.Int("port", 3003, "port of 127.0.0.1")
	flag.Parse()
	provider, err := oidc.NewProvider(context.Background(), os.Getenv("ISSUER"))
	if err != nil {
		log.Fatal(err)
	}
	a := &app{home: fmt.Sprintf("http://127.0.0.1:%d", *port), sessions: map[string]*session{}}
	a.verifier = provider.Verifier(&oidc.Config{ClientID: "my-go-app"})
	a.uauth = oauth2.Config{
		ClientID: "my-go-app", ClientSecret: os.Getenv("CLIENT_SECRET"), Endpoint: provider.Endpoint(),
		RedirectURL: a.home + "/callback", Scopes: []string{oidc.ScopeOpenID, "profile", "email"},
	}
	http.HandleFunc("/login", a.login)
	http.HandleFunc("/callback", a.callback)
	http.HandleFunc("/", a.index)
	log.Fatal(http.ListenAndServe(fmt.Sprintf("127.0.0.1:%d", *port), nil))
}
