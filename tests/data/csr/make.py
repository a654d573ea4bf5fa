#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the CSR corpus: good/ is accepted, each of bad/ has a .want file with
the error code that it must be refused with.

Run by hand in this directory when a case is added; the files are kept in the
repository, since the keys are new each time. Needs the openssl command and
the Python package cryptography; go and keytool, when they are there, make the
requests that Go's and Java's libraries make.

    ./make.py            makes what is missing
    ./make.py --again    makes everything
"""
import base64
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import (
    ec, ed448, ed25519, padding, rsa, utils)

HERE = os.path.dirname(os.path.abspath(__file__))
AGAIN = "--again" in sys.argv


# DER, just enough of it.

def tlv(tag, *parts):
    body = b"".join(parts)
    n = len(body)
    if n < 0x80:
        head = bytes([n])
    else:
        octets = n.to_bytes((n.bit_length() + 7) // 8, "big")
        head = bytes([0x80 | len(octets)]) + octets
    return bytes([tag]) + head + body


def seq(*parts):
    return tlv(0x30, *parts)


def set_(*parts):
    return tlv(0x31, *parts)


def integer(n):
    return tlv(2, n.to_bytes(n.bit_length() // 8 + 1, "big"))


def oid(text):
    arcs = [int(a) for a in text.split(".")]
    out = b""
    for arc in [arcs[0] * 40 + arcs[1]] + arcs[2:]:
        one = bytes([arc & 0x7f])
        while arc > 0x7f:
            arc >>= 7
            one = bytes([0x80 | arc & 0x7f]) + one
        out += one
    return tlv(6, out)


def bits(octets):
    return tlv(3, b"\0", octets)


NULL = tlv(5)
TRUE = tlv(1, b"\xff")
UTF8, PRINTABLE, TELETEX, IA5, BMP = 0x0c, 0x13, 0x14, 0x16, 0x1e
CN, COUNTRY, ORG = "2.5.4.3", "2.5.4.6", "2.5.4.10"
SAN, BC, KU, EKU = "2.5.29.17", "2.5.29.19", "2.5.29.15", "2.5.29.37"
SKI, POLICIES = "2.5.29.14", "2.5.29.32"
EXTENSIONS = "1.2.840.113549.1.9.14"
CHALLENGE = "1.2.840.113549.1.9.7"
UNSTRUCTURED = "1.2.840.113549.1.9.2"

ECDSA_SHA256 = seq(oid("1.2.840.10045.4.3.2"))
ECDSA_SHA1 = seq(oid("1.2.840.10045.4.1"))
ECDSA_SHA224 = seq(oid("1.2.840.10045.4.3.1"))
RSA_SHA256 = seq(oid("1.2.840.113549.1.1.11"), NULL)
RSA_SHA1 = seq(oid("1.2.840.113549.1.1.5"), NULL)
RSA_MD5 = seq(oid("1.2.840.113549.1.1.4"), NULL)
ED25519 = seq(oid("1.3.101.112"))
ED448 = seq(oid("1.3.101.113"))


def attr(kind, text, tag=UTF8):
    if isinstance(text, str):
        text = text.encode()
    return set_(seq(oid(kind), tlv(tag, text)))


def name(*attrs):
    return seq(*attrs)


A_NAME = name(attr(CN, "a.example"))


def dns(text):
    return tlv(0x82, text if isinstance(text, bytes) else text.encode())


def uri(text):
    return tlv(0x86, text if isinstance(text, bytes) else text.encode())


def email(text):
    return tlv(0x81, text.encode())


def ip(*octets):
    return tlv(0x87, bytes(octets))


def ext(kind, value, critical=b""):
    return seq(oid(kind), critical, tlv(4, value))


def san(*names, critical=b""):
    return ext(SAN, seq(*names), critical)


def attribute(kind, *values):
    return seq(oid(kind), set_(*values))


def wants(*exts):
    return attribute(EXTENSIONS, seq(*exts))


A_SAN = wants(san(dns("a.example")))


# Keys.

P256 = ec.generate_private_key(ec.SECP256R1())
OTHER = ec.generate_private_key(ec.SECP256R1())
RSA = rsa.generate_private_key(65537, 2048)


def spki(key):
    return key.public_key().public_bytes(
        serialization.Encoding.DER,
        serialization.PublicFormat.SubjectPublicKeyInfo)


def rsa_spki(n, e):
    return seq(seq(oid("1.2.840.113549.1.1.1"), NULL),
               bits(seq(integer(n), integer(e))))


def ec_spki(curve, point):
    return seq(seq(oid("1.2.840.10045.2.1"), curve), bits(point))


P256_OID = oid("1.2.840.10045.3.1.7")


def point(key, compressed=False):
    form = serialization.PublicFormat
    return key.public_key().public_bytes(
        serialization.Encoding.X962,
        form.CompressedPoint if compressed else form.UncompressedPoint)


def sign(key, data, hash_=None):
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(data, ec.ECDSA(hash_ or hashes.SHA256()))
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), hash_ or hashes.SHA256())
    return key.sign(data)


# Python's cryptography signs with neither MD5 nor SHA-1: PKCS#1 by hand.

def sign_md5(key, data):
    info = seq(seq(oid("1.2.840.113549.2.5"), NULL),
               tlv(4, hashlib.md5(data).digest()))
    return raw_rsa(key, info)


def sign_sha1(key, data):
    info = seq(seq(oid("1.3.14.3.2.26"), NULL),
               tlv(4, hashlib.sha1(data).digest()))
    return raw_rsa(key, info)


def raw_rsa(key, info):
    numbers = key.private_numbers()
    n = numbers.public_numbers.n
    size = (n.bit_length() + 7) // 8
    block = b"\0\1" + b"\xff" * (size - 3 - len(info)) + b"\0" + info
    return pow(int.from_bytes(block, "big"), numbers.d, n).to_bytes(
        size, "big")


def sign_ecdsa_sha1(key, data):
    return key.sign(hashlib.sha1(data).digest(),
                    ec.ECDSA(utils.Prehashed(hashes.SHA1())))


def info(subject=A_NAME, key=None, attributes=(A_SAN,), version=0, rest=b""):
    return seq(integer(version), subject, key or spki(P256),
               tlv(0xa0, *attributes), rest)


def request(body, key=None, algorithm=ECDSA_SHA256, signer=sign, rest=b""):
    return seq(body, algorithm, bits(signer(key or P256, body)), rest)


def csr(**kw):
    return request(info(**kw))


# Files.

def pem(der, label="CERTIFICATE REQUEST"):
    text = base64.b64encode(der).decode()
    lines = [text[i:i + 64] for i in range(0, len(text), 64)]
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n" % (
        label, "\n".join(lines), label)


def write(path, content):
    path = os.path.join(HERE, path)
    if os.path.exists(path) and not AGAIN:
        return
    with open(path, "wb") as f:
        f.write(content if isinstance(content, bytes) else content.encode())


def good(file, der):
    write("good/%s.pem" % file, pem(der))


def bad(file, code, content):
    """DER unless it is text; the code goes beside it."""
    if isinstance(content, str):
        write("bad/%s.pem" % file, content)
    else:
        write("bad/%s.der" % file, content)
    write("bad/%s.want" % file, code + "\n")


def make_good():
    good("spire-uri-san", csr(
        subject=name(attr(COUNTRY, "US", PRINTABLE), attr(ORG, "SPIRE")),
        attributes=[wants(san(uri("spiffe://td.example/ns/a/sa/b")))]))
    good("ztunnel-empty-subject", csr(
        subject=name(),
        attributes=[wants(san(uri("spiffe://td.example/ns/a/sa/b"),
                              critical=TRUE))]))
    good("istio-empty-o", csr(
        subject=name(attr(ORG, "", PRINTABLE)),
        attributes=[wants(san(uri("spiffe://td.example/ns/a/sa/b")))]))
    good("no-attributes-but-field", csr(attributes=[]))
    good("no-attributes-field", request(
        seq(integer(0), A_NAME, spki(P256))))
    good("challenge-password", csr(attributes=[
        attribute(CHALLENGE, tlv(UTF8, b"secret")), A_SAN]))
    good("strings-printable", csr(
        subject=name(attr(COUNTRY, "DE", PRINTABLE),
                     attr(ORG, "Example Ltd", PRINTABLE),
                     attr(CN, "a.example", PRINTABLE)),
        attributes=[attribute(UNSTRUCTURED, tlv(PRINTABLE, b"a")), A_SAN]))
    good("strings-ia5", csr(
        subject=name(attr(CN, "a.example"),
                     attr("1.2.840.113549.1.9.1", "a@a.example", IA5),
                     attr("0.9.2342.19200300.100.1.25", "example", IA5)),
        attributes=[attribute(UNSTRUCTURED, tlv(IA5, b"a@b")), A_SAN]))
    good("utf8-name", csr(
        subject=name(attr(ORG, "B\u00fccher GmbH \U0001f58b"),
                     attr(CN, "a.example"))))
    good("two-attributes-in-a-part", csr(
        subject=name(set_(seq(oid(ORG), tlv(UTF8, b"Example")),
                          seq(oid(CN), tlv(UTF8, b"a.example"))))))
    good("all-san-kinds", csr(attributes=[wants(san(
        dns("a.example"), dns("*.b.example"), ip(10, 0, 0, 1),
        ip(*([0x20, 1, 0xd, 0xb8] + [0] * 11 + [1])),
        uri("https://a.example/x?y=z"), email("a@a.example")))]))
    good("san-100", csr(attributes=[wants(san(
        *[dns("h%d.example" % i) for i in range(100)]))]))
    good("critical-explicit-false", csr(attributes=[wants(
        san(dns("a.example"), critical=tlv(1, b"\0")))]))
    good("wish-ca", csr(attributes=[wants(
        ext(BC, seq(TRUE, integer(3)), TRUE), san(dns("a.example")))]))
    good("wish-key-cert-sign", csr(attributes=[wants(
        ext(KU, tlv(3, b"\1\x06"), TRUE), san(dns("a.example")))]))
    good("wish-everything", csr(attributes=[wants(
        ext(BC, seq(TRUE), TRUE), ext(KU, tlv(3, b"\1\x06"), TRUE),
        ext(EKU, seq(oid("2.5.29.37.0")), TRUE),
        ext(SKI, tlv(4, b"x" * 20)),
        ext(POLICIES, seq(seq(oid("2.23.140.1.1")))),
        san(dns("bank.example"), dns("*"), ip(8, 8, 8, 8)))]))
    good("unknown-extension", csr(attributes=[wants(
        ext("1.2.3.4.5", b"not even DER"), san(dns("a.example")))]))
    good("rsa-2048", request(info(key=spki(RSA)), RSA, RSA_SHA256))
    good("rsa-no-null", request(
        info(key=spki(RSA)), RSA, seq(oid("1.2.840.113549.1.1.11"))))
    key = ed25519.Ed25519PrivateKey.generate()
    good("ed25519", request(info(key=spki(key)), key, ED25519))
    for curve, hash_, dotted in (
            (ec.SECP384R1(), hashes.SHA384(), "1.2.840.10045.4.3.3"),
            (ec.SECP521R1(), hashes.SHA512(), "1.2.840.10045.4.3.4")):
        key = ec.generate_private_key(curve)
        good("p%d" % curve.key_size, request(
            info(key=spki(key)), key, seq(oid(dotted)),
            lambda k, data, h=hash_: sign(k, data, h)))
    text = pem(csr())
    write("good/new-label.pem", text.replace("CERTIFICATE REQUEST",
                                             "NEW CERTIFICATE REQUEST"))
    write("good/crlf.pem", text.replace("\n", "\r\n"))
    write("good/text-before.pem", "Subject: CN=a.example\n\n" + text)
    write("good/one-line.pem",
          "-----BEGIN CERTIFICATE REQUEST-----\n%s\n"
          "-----END CERTIFICATE REQUEST-----" %
          base64.b64encode(csr()).decode())


def make_openssl():
    """What the openssl command makes."""
    def run(file, *args):
        path = os.path.join(HERE, "good", file + ".pem")
        if os.path.exists(path) and not AGAIN:
            return
        with tempfile.TemporaryDirectory() as tmp:
            subprocess.run(
                ["openssl", "req", "-new", "-nodes", "-keyout",
                 os.path.join(tmp, "k"), "-out", path] + list(args),
                check=True, stderr=subprocess.DEVNULL)

    p256 = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    run("openssl-default", "-newkey", "rsa:2048", "-subj",
        "/C=AU/ST=Some-State/O=Internet Widgits Pty Ltd/CN=a.example")
    run("openssl-p256-san", *p256, "-subj", "/CN=a.example", "-addext",
        "subjectAltName=DNS:a.example,DNS:b.example,IP:10.0.0.1,URI:urn:x:y")
    run("openssl-rsa-3072-sha384", "-newkey", "rsa:3072", "-sha384",
        "-subj", "/CN=a.example", "-addext", "subjectAltName=DNS:a.example")
    for n, bits_ in (("256", "2048"), ("384", "2048"), ("512", "3072")):
        run("openssl-pss-sha" + n, "-newkey", "rsa:" + bits_, "-sha" + n,
            "-sigopt", "rsa_padding_mode:pss", "-sigopt",
            "rsa_pss_saltlen:digest", "-subj", "/CN=a.example")
    run("openssl-ed25519", "-newkey", "ed25519", "-subj", "/CN=a.example")


GO = """package main
import ("crypto"; "crypto/ecdsa"; "crypto/ed25519"; "crypto/elliptic";
"crypto/rand"; "crypto/rsa"; "crypto/x509"; "crypto/x509/pkix";
"encoding/pem"; "net"; "net/url"; "os")
func write(file string, key crypto.Signer, t *x509.CertificateRequest) {
	der, err := x509.CreateCertificateRequest(rand.Reader, t, key)
	if err != nil { panic(err) }
	os.WriteFile(file, pem.EncodeToMemory(&pem.Block{
		Type: "CERTIFICATE REQUEST", Bytes: der}), 0644)
}
func main() {
	dir := os.Args[1]
	ec, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	rs, _ := rsa.GenerateKey(rand.Reader, 2048)
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	u, _ := url.Parse("spiffe://td.example/x")
	write(dir+"/go-p256.pem", ec, &x509.CertificateRequest{
		Subject: pkix.Name{CommonName: "a.example",
			Organization: []string{"Example Ltd"}},
		DNSNames: []string{"a.example", "b.example"},
		IPAddresses: []net.IP{net.ParseIP("10.0.0.1"),
			net.ParseIP("2001:db8::1")},
		URIs: []*url.URL{u}, EmailAddresses: []string{"a@a.example"}})
	write(dir+"/go-rsa-default.pem", rs, &x509.CertificateRequest{
		Subject: pkix.Name{CommonName: "a.example"}})
	write(dir+"/go-ed25519.pem", ed, &x509.CertificateRequest{
		DNSNames: []string{"a.example"}})
	write(dir+"/go-istio-agent.pem", rs, &x509.CertificateRequest{
		Subject: pkix.Name{Organization: []string{""}},
		URIs: []*url.URL{u}})
	write(dir+"/go-rsa-pss.pem", rs, &x509.CertificateRequest{
		Subject: pkix.Name{CommonName: "a.example"},
		SignatureAlgorithm: x509.SHA256WithRSAPSS})
}
"""


def make_go():
    if shutil.which("go") is None:
        return
    with tempfile.TemporaryDirectory() as tmp:
        source = os.path.join(tmp, "main.go")
        with open(source, "w") as f:
            f.write(GO)
        subprocess.run(["go", "run", source, tmp], check=True, env=dict(
            os.environ, GO111MODULE="off", GOFLAGS=""))
        for file in os.listdir(tmp):
            if file.endswith(".pem"):
                with open(os.path.join(tmp, file), "rb") as f:
                    write("good/" + file, f.read())


def make_java():
    if shutil.which("keytool") is None:
        return
    with tempfile.TemporaryDirectory() as tmp:
        store = ["-keystore", os.path.join(tmp, "s"), "-storepass",
                 "changeit"]
        for alias, args in (("ec", ["-keyalg", "EC", "-groupname",
                                    "secp256r1"]),
                            ("rsa", ["-keyalg", "RSA"])):
            subprocess.run(
                ["keytool", "-genkeypair", "-alias", alias, "-dname",
                 "CN=a.example, OU=Java, O=Example Ltd, C=DE"] + args +
                store, check=True, stderr=subprocess.DEVNULL)
            out = subprocess.run(
                ["keytool", "-certreq", "-alias", alias, "-ext",
                 "san=dns:a.example,ip:10.0.0.1"] + store, check=True,
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
            write("good/java-%s.pem" % alias, out)


def make_bad_frames():
    der = csr()
    text = pem(der)
    bad("empty", "pem.invalid", "")
    bad("not-pem", "pem.invalid", "this is not a request\n")
    bad("label-certificate", "pem.invalid", pem(der, "CERTIFICATE"))
    bad("label-private-key", "pem.invalid",
        pem(b"not a key", "PRIVATE KEY"))
    bad("label-differs-at-end", "pem.invalid", text.replace(
        "END CERTIFICATE REQUEST", "END CERTIFICATE"))
    bad("no-end", "pem.invalid", text.split("-----END")[0])
    bad("base64-stray", "pem.invalid", text.replace("MI", "M!", 1))
    bad("base64-padding-inside", "pem.invalid",
        text.replace("\n", "=\n", 2).replace("-----=", "-----"))
    bad("empty-body", "pem.invalid",
        "-----BEGIN CERTIFICATE REQUEST-----\n"
        "-----END CERTIFICATE REQUEST-----\n")
    bad("headers", "pem.invalid", text.replace(
        "REQUEST-----\n", "REQUEST-----\nProc-Type: 4,ENCRYPTED\n\n", 1))
    bad("text-after", "pem.invalid", text + "and so on\n")
    bad("two", "csr.more-than-one", text + text)
    bad("two-different-labels", "csr.more-than-one",
        text + pem(b"x", "CERTIFICATE"))
    bad("not-der", "der.invalid", b"this is not a request")
    bad("no-bytes", "der.invalid", b"")
    bad("a-certificate-request-cut", "der.invalid", der[:-1])
    bad("trailing", "csr.trailing-bytes", der + b"\0")
    bad("trailing-second", "csr.trailing-bytes", der + der)
    bad("trailing-pem", "csr.trailing-bytes", pem(der + b"\0"))
    bad("trailing-in-request", "der.invalid",
        request(info(), rest=NULL))
    bad("trailing-in-info", "der.invalid", csr(rest=NULL))
    bad("indefinite-length", "der.invalid",
        b"\x30\x80" + der[4:] + b"\0\0")
    bad("long-length", "der.invalid",
        b"\x30\x83\x00" + (len(der) - 4).to_bytes(2, "big") + der[4:])
    bad("version-1", "csr.invalid", csr(version=1))
    bad("version-padded", "der.invalid", request(seq(
        tlv(2, b"\0\0"), A_NAME, spki(P256), tlv(0xa0, A_SAN))))
    bad("a-certificate", "der.invalid", seq(
        seq(tlv(0xa0, integer(2)), integer(7)), ECDSA_SHA256, bits(b"x")))
    bad("too-large", "csr.too-large", csr(attributes=[
        attribute(CHALLENGE, tlv(UTF8, b"x" * 16384))]))


def make_bad_signatures():
    der = csr()
    bad("signature-flipped", "csr.signature", der[:-1] + bytes(
        [der[-1] ^ 1]))
    bad("signature-of-other-key", "csr.signature", request(info(), OTHER))
    bad("signature-empty", "der.invalid",
        seq(info(), ECDSA_SHA256, tlv(3, b"\0")))
    bad("signature-unused-bits", "der.invalid",
        seq(info(), ECDSA_SHA256, tlv(3, b"\1" + sign(P256, info())[:-1] +
                                      b"\0")))
    bad("signature-rsa-alg-on-ec-key", "csr.signature",
        request(info(), algorithm=RSA_SHA256))
    bad("signature-hash-differs", "csr.signature", request(
        info(), algorithm=seq(oid("1.2.840.10045.4.3.3"))))
    bad("alg-md5", "csr.algorithm",
        request(info(key=spki(RSA)), RSA, RSA_MD5, sign_md5))
    bad("alg-sha1-rsa", "csr.algorithm",
        request(info(key=spki(RSA)), RSA, RSA_SHA1, sign_sha1))
    bad("alg-sha1-ecdsa", "csr.algorithm",
        request(info(), algorithm=ECDSA_SHA1, signer=sign_ecdsa_sha1))
    bad("alg-sha224-ecdsa", "csr.algorithm", request(
        info(), algorithm=ECDSA_SHA224,
        signer=lambda k, data: sign(k, data, hashes.SHA224())))
    bad("alg-unknown", "csr.algorithm",
        request(info(), algorithm=seq(oid("1.2.3.4"))))
    bad("alg-pss-sha1-defaults", "csr.algorithm", request(
        info(key=spki(RSA)), RSA,
        seq(oid("1.2.840.113549.1.1.10"), seq())))
    bad("alg-ecdsa-null", "der.invalid", request(
        info(), algorithm=seq(oid("1.2.840.10045.4.3.2"), NULL)))
    key = ed448.Ed448PrivateKey.generate()
    bad("alg-ed448", "csr.algorithm",
        request(info(key=spki(key)), key, ED448))


def next_prime(n):
    n |= 1
    while pow(2, n - 1, n) != 1 or any(
            pow(b, n - 1, n) != 1 for b in (3, 5, 7, 11)):
        n += 2
    return n


def small_primes(end):
    return [p for p in range(2, end)
            if all(p % q for q in range(2, int(p ** 0.5) + 1))]


def make_bad_rsa():
    def weak(file, n, e=65537):
        bad(file, "key.weak", request(
            info(key=rsa_spki(n, e)), RSA, RSA_SHA256))

    n = RSA.public_key().public_numbers().n
    key = rsa.generate_private_key(65537, 1024)
    bad("rsa-1024", "key.weak",
        request(info(key=spki(key)), key, RSA_SHA256))
    weak("rsa-2047-bits", n >> 1 | 1)
    weak("rsa-2052-bits", n << 4 | 1)
    weak("rsa-4104-bits", (1 << 4103) | 12345)
    weak("rsa-even-modulus", n - 1)
    weak("rsa-exponent-1", n, 1)
    weak("rsa-exponent-3", n, 3)
    weak("rsa-exponent-even", n, 65538)
    weak("rsa-exponent-34-bits", n, (1 << 33) | 1)
    weak("rsa-exponent-huge", n, n - 2)
    m = (1 << 2047) // 751 | 1
    while any(m % prime == 0 for prime in small_primes(751)):
        m += 2
    weak("rsa-factor-751", 751 * m)
    p = next_prime((3 << 1022) + int.from_bytes(os.urandom(100), "big"))
    weak("rsa-close-primes", p * next_prime(p + (1 << 500)))
    product = 1
    for prime in small_primes(168):
        product *= prime
    n = pow(65537, 123456789, product) + product * (
        (1 << 2047) // product + 1)
    primes = small_primes(752)
    while any(n % prime == 0 for prime in primes) or n % 2 == 0:
        n += product
    weak("rsa-roca", n)
    bad("rsa-negative-modulus", "der.invalid", request(
        info(key=seq(seq(oid("1.2.840.113549.1.1.1"), NULL),
                     bits(seq(tlv(2, b"\x80" + b"\1" * 255),
                              integer(65537))))), RSA, RSA_SHA256))
    bad("rsa-no-parameters", "der.invalid", request(
        info(key=seq(seq(oid("1.2.840.113549.1.1.1")),
                     bits(seq(integer(n), integer(65537))))),
        RSA, RSA_SHA256))


def make_bad_keys():
    def curve(file, c):
        key = ec.generate_private_key(c)
        bad(file, "key.unknown", request(info(key=spki(key)), key))

    curve("ec-secp256k1", ec.SECP256K1())
    curve("ec-p224", ec.SECP224R1())
    curve("ec-brainpool", ec.BrainpoolP256R1())
    bad("ec-compressed", "key.unknown", csr(
        key=ec_spki(P256_OID, point(P256, True))))
    bad("ec-infinity", "key.unknown", csr(key=ec_spki(P256_OID, b"\0")))
    bad("ec-short-point", "key.unknown", csr(
        key=ec_spki(P256_OID, point(P256)[:-1])))
    off = bytearray(point(P256))
    off[-1] ^= 1
    bad("ec-off-curve", "key.weak", csr(
        key=ec_spki(P256_OID, bytes(off))))
    bad("ec-zero-point", "key.weak", csr(
        key=ec_spki(P256_OID, b"\4" + bytes(64))))
    bad("ec-explicit-parameters", "key.unknown", csr(
        key=ec_spki(seq(integer(1), seq()), point(P256))))
    bad("ec-no-parameters", "der.invalid", csr(
        key=ec_spki(b"", point(P256))))
    bad("key-x25519", "key.unknown", csr(
        key=seq(seq(oid("1.3.101.110")), bits(bytes(31) + b"\7"))))
    bad("key-rsa-pss-oid", "key.unknown", csr(
        key=seq(seq(oid("1.2.840.113549.1.1.10")), bits(b"x" * 270))))
    bad("key-trailing", "der.invalid", csr(
        key=seq(seq(oid("1.2.840.10045.2.1"), P256_OID),
                bits(point(P256)), NULL)))
    bad("ed25519-short", "key.unknown", csr(
        key=seq(seq(oid("1.3.101.112")), bits(b"x" * 31))))
    bad("ed25519-with-null", "der.invalid", csr(
        key=seq(seq(oid("1.3.101.112"), NULL), bits(b"x" * 32))))
    # The identity: with the right R and S = 0 every message verifies.
    bad("ed25519-identity", "key.weak", seq(
        info(key=seq(seq(oid("1.3.101.112")), bits(b"\1" + bytes(31)))),
        ED25519, bits(b"\1" + bytes(63))))


def make_bad_attributes():
    bad("attribute-twice", "csr.duplicate", csr(attributes=[
        attribute(CHALLENGE, tlv(UTF8, b"a")),
        attribute(CHALLENGE, tlv(UTF8, b"b"))]))
    bad("extension-request-twice", "csr.duplicate",
        csr(attributes=[A_SAN, A_SAN]))
    bad("extension-request-two-values", "csr.duplicate", csr(attributes=[
        attribute(EXTENSIONS, seq(san(dns("a.example"))),
                  seq(san(dns("b.example"))))]))
    bad("attribute-two-values", "csr.duplicate", csr(attributes=[
        attribute(CHALLENGE, tlv(UTF8, b"a"), tlv(UTF8, b"b")), A_SAN]))
    bad("extension-twice", "csr.duplicate", csr(attributes=[
        wants(san(dns("a.example")), san(dns("b.example")))]))
    bad("unknown-extension-twice", "csr.duplicate", csr(attributes=[
        wants(ext("1.2.3", b"a"), ext("1.2.3", b"b"))]))
    bad("attribute-no-values", "der.invalid",
        csr(attributes=[attribute(CHALLENGE)]))
    bad("attributes-17", "csr.invalid", csr(attributes=[
        attribute("1.2.3.%d" % i, NULL) for i in range(17)]))
    bad("extensions-33", "csr.invalid", csr(attributes=[
        wants(*[ext("1.2.3.%d" % i, b"") for i in range(33)])]))
    bad("extension-critical-0x01", "der.invalid", csr(attributes=[
        wants(san(dns("a.example"), critical=tlv(1, b"\1")))]))
    bad("extension-value-trailing", "der.invalid", csr(attributes=[
        wants(ext(SAN, seq(dns("a.example")) + b"\0"))]))
    bad("key-usage-not-bits", "der.invalid", csr(attributes=[
        wants(ext(KU, tlv(4, b"\6")))]))
    bad("basic-constraints-not-sequence", "der.invalid", csr(attributes=[
        wants(ext(BC, TRUE))]))
    bad("attributes-wrong-tag", "der.invalid", request(seq(
        integer(0), A_NAME, spki(P256), tlv(0xa1, A_SAN))))
    bad("oid-padded", "der.invalid", csr(attributes=[
        seq(tlv(6, b"\x2a\x80\x03"), set_(NULL))]))


def make_bad_names():
    def subject(file, *attrs):
        bad(file, "csr.name", csr(subject=name(*attrs)))

    def alternative(file, code, *names):
        bad(file, code, csr(attributes=[wants(san(*names))]))

    subject("name-nul", attr(CN, "a.example\0.evil.example"))
    subject("name-newline", attr(CN, "a.example\nb"))
    subject("name-escape", attr(CN, "a\x1b[2J"))
    subject("name-del", attr(CN, "a\x7f"))
    subject("name-c1", attr(CN, "a\u0085b"))
    subject("name-bmp", attr(CN, "a.example".encode("utf-16-be"), BMP))
    subject("name-teletex", attr(CN, b"a.example", TELETEX))
    subject("name-utf8-overlong", attr(CN, b"a\xc0\xaeb"))
    subject("name-utf8-surrogate", attr(CN, b"a\xed\xa0\x80b"))
    subject("name-utf8-cut", attr(CN, b"a\xc3"))
    subject("name-printable-at", attr(CN, "a@b", PRINTABLE))
    subject("name-ia5-high", attr(CN, b"a\xe9", IA5))
    subject("name-integer", attr(CN, b"\1", 2))
    subject("name-17-attributes", *[attr(ORG, "o%d" % i)
                                    for i in range(17)])
    bad("name-empty-part", "der.invalid", csr(subject=name(set_())))
    bad("name-not-der", "der.invalid", csr(subject=name(
        set_(seq(oid(CN))))))
    alternative("san-nul", "csr.name", dns(b"a.example\0.evil.example"))
    alternative("san-newline", "csr.name", dns(b"a\nb"))
    alternative("san-non-ascii", "csr.name", dns("b\u00fccher.example"))
    alternative("san-uri-non-ascii", "csr.name",
                uri("https://b\u00fccher.example"))
    alternative("san-empty-dns", "csr.name", dns(""))
    alternative("san-ip-5", "csr.name", ip(1, 2, 3, 4, 5))
    alternative("san-ip-with-mask", "csr.name",
                ip(10, 0, 0, 0, 255, 0, 0, 0))
    alternative("san-other-name", "csr.name", tlv(
        0xa0, oid("1.3.6.1.4.1.311.20.2.3"), tlv(0xa0, tlv(UTF8, b"a@b"))))
    alternative("san-directory-name", "csr.name", tlv(0xa4, A_NAME))
    alternative("san-registered-id", "csr.name", tlv(0x88, b"\x2a\3"))
    alternative("san-empty", "csr.invalid")
    alternative("san-101", "csr.invalid",
                *[dns("h%d.example" % i) for i in range(101)])


def main():
    for make in (make_good, make_openssl, make_go, make_java,
                 make_bad_frames, make_bad_signatures, make_bad_rsa,
                 make_bad_keys, make_bad_attributes, make_bad_names):
        make()


if __name__ == "__main__":
    main()
