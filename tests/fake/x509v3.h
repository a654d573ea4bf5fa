/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSL's <openssl/x509v3.h> beside x509/cert.h: its macros KU_... have the
 * names of our enum and other values, so they are taken away again.
 */
#ifndef TESTS_FAKE_X509V3_H
#define TESTS_FAKE_X509V3_H

#include "x509/cert.h"

#include <openssl/x509v3.h>

#undef KU_DIGITAL_SIGNATURE
#undef KU_NON_REPUDIATION
#undef KU_KEY_ENCIPHERMENT
#undef KU_DATA_ENCIPHERMENT
#undef KU_KEY_AGREEMENT
#undef KU_KEY_CERT_SIGN
#undef KU_CRL_SIGN
#undef KU_ENCIPHER_ONLY
#undef KU_DECIPHER_ONLY

#endif
