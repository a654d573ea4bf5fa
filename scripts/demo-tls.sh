# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# One TLS server and clients that try it, all of them the openssl command, for
# scripts/quickstart. To be sourced after lib.sh.
#
# In TLS 1.3 a client has finished before the server has looked at its
# certificate, so "connected" proves nothing: accepted is who gets an answer.

tls_pid=
tls_port=
tls_pki=
tls_logs=

# tls_begin PKI LOGS: starts a server that demands a client certificate and
# answers with what it saw of the client. PKI has root.pem, and NAME.key and
# NAME.pem (certificate and chain) for server and client.
tls_begin()
{
    local i

    tls_pki=$1
    tls_logs=$2
    tls_make_stranger || return 1
    tls_split server
    set -m
    openssl s_server -accept 127.0.0.1:0 -tls1_3 -www \
        -key "$tls_pki/server.key" -cert "$tls_pki/server.pem" \
        -cert_chain "$tls_pki/server.chain" -CAfile "$tls_pki/root.pem" \
        -Verify 3 -verify_return_error \
        >"$tls_logs/s_server.log" 2>&1 </dev/null &
    tls_pid=$!
    set +m
    # With port 0 the kernel picks a free one, and openssl says which.
    for ((i = 0; i < 100; i++)); do
        tls_port=$(sed -n 's/^ACCEPT .*:\([0-9]*\)$/\1/p' \
            "$tls_logs/s_server.log" | head -n 1)
        if [ -n "$tls_port" ]; then
            say "  an openssl server listens on 127.0.0.1:$tls_port"
            return
        fi
        if ! kill -0 "$tls_pid" 2>/dev/null; then
            break
        fi
        sleep 0.1
    done
    show_failure "Starting openssl s_server" 1 "$tls_logs/s_server.log"
    return 1
}

tls_end()
{
    end_group "$tls_pid"
    tls_pid=
}

# NAME.pem has the certificate and what is above it; openssl wants the latter in
# a file of its own, or it would send the certificate twice.
tls_split()
{
    sed '1,/^-----END CERTIFICATE-----/d' "$tls_pki/$1.pem" \
        >"$tls_pki/$1.chain"
}

# A certificate that is in order, but from nobody whom the server trusts.
tls_make_stranger()
{
    (
        umask 077
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
            -keyout "$tls_pki/stranger.key" -out "$tls_pki/stranger.pem" \
            -days 1 -subj "/CN=stranger" \
            -addext "extendedKeyUsage=clientAuth"
    ) >"$tls_logs/stranger.log" 2>&1
}

# tls_try LOG NAME CLIENT: connects, wants the server to be NAME, shows CLIENT's
# certificate (or none), and says whether the answer came back.
tls_try()
{
    local log=$1 name=$2 client=$3
    local -a own=()

    if [ "$client" != none ]; then
        tls_split "$client"
        own=(-key "$tls_pki/$client.key" -cert "$tls_pki/$client.pem")
        if [ -s "$tls_pki/$client.chain" ]; then
            own+=(-cert_chain "$tls_pki/$client.chain")
        fi
    fi
    printf 'GET / HTTP/1.0\r\n\r\n' | timeout 20 openssl s_client \
        -connect "127.0.0.1:$tls_port" -servername "$name" -brief -ign_eof \
        -CAfile "$tls_pki/root.pem" -verify_return_error \
        -verify_hostname "$name" "${own[@]}" >"$log" 2>&1 || true
    grep -q '^Client certificate' "$log"
}

# tls_accepts WHAT NAME CLIENT
tls_accepts()
{
    local log=$tls_logs/tls-accepted.log

    if tls_try "$log" "$2" "$3" \
        && grep -q '^Protocol version: TLSv1.3' "$log" \
        && grep -q '^Verification: OK' "$log"; then
        say "  $(paint 32 accepted): $1"
        return 0
    fi
    say "  $(paint 31 'not accepted'): $1"
    sed 's/^/  | /' "$log"
    return 1
}

# Under whose name the server knew the client: out of the server's own answer.
tls_seen_client()
{
    sed -nE '/Subject Alternative Name/,+1s/^ *(DNS|URI|email):([^,]*).*/\2/p' \
        "$tls_logs/tls-accepted.log" | head -n 1
}

# tls_refuses WHAT BY NAME CLIENT: it must fail, and BY (server or client) must
# be who said no, for the reason that is meant.
tls_refuses()
{
    local what=$1 by=$2 log=$tls_logs/tls-refused.log why before

    before=$(wc -l <"$tls_logs/s_server.log")
    if tls_try "$log" "$3" "$4"; then
        say "  $(paint 31 'accepted, but must not be'): $what"
        return 1
    fi
    if [ "$by" = client ]; then
        why=$(sed -n 's/^verify error:num=[0-9]*:\(.*\)/\1/p' "$log" \
            | head -n 1)
    else
        why=$(sed "1,${before}d" "$tls_logs/s_server.log" \
            | sed -n 's/^verify error:num=[0-9]*:\(.*\)/\1/p
                s/.*:\(peer did not return a certificate\):.*/\1/p' \
            | head -n 1)
    fi
    if [ -z "$why" ]; then
        say "  failed, but not by the $by's verification: $what"
        sed 's/^/  | /' "$log"
        return 1
    fi
    say "  $(paint 32 refused): $what"
    say "     the $by says: $why"
}
