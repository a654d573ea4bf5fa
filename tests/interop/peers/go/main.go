// SPDX-License-Identifier: Apache-2.0

// Go's crypto/tls as a peer:
//
//	peer server PORT CHAIN KEY ROOT
//	peer client PORT NAME ROOT [CHAIN KEY]
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
)

func pool(path string) *x509.CertPool {
	text, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		log.Fatalf("%s: no certificate", path)
	}
	return pool
}

func serve(port, chain, key, root string) {
	server := http.Server{
		Addr: "127.0.0.1:" + port,
		Handler: http.HandlerFunc(
			func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprintln(w, "hello")
			}),
		TLSConfig: &tls.Config{
			ClientAuth: tls.RequireAndVerifyClientCert,
			ClientCAs:  pool(root),
		},
		ErrorLog: log.New(io.Discard, "", 0),
	}
	log.Fatal(server.ListenAndServeTLS(chain, key))
}

func ask(port, name, root string, own []string) {
	config := &tls.Config{RootCAs: pool(root), ServerName: name}
	if len(own) == 2 {
		certificate, err := tls.LoadX509KeyPair(own[0], own[1])
		if err != nil {
			log.Fatal(err)
		}
		config.Certificates = []tls.Certificate{certificate}
	}
	client := http.Client{Transport: &http.Transport{TLSClientConfig: config}}
	answer, err := client.Get("https://127.0.0.1:" + port + "/")
	if err != nil {
		log.Fatal(err)
	}
	if answer.StatusCode != 200 {
		log.Fatal(answer.Status)
	}
}

func main() {
	if len(os.Args) < 6 && (len(os.Args) < 5 || os.Args[1] != "client") {
		log.Fatal("server PORT CHAIN KEY ROOT | client PORT NAME ROOT")
	}
	if os.Args[1] == "server" {
		serve(os.Args[2], os.Args[3], os.Args[4], os.Args[5])
	}
	ask(os.Args[2], os.Args[3], os.Args[4], os.Args[5:])
}
