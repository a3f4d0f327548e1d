// OpenSSL's objects with one owner each, and its errors in words.
#pragma once

#include <memory>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace chat77::server::tls {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

using BioPtr = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using SslPtr = std::unique_ptr<SSL, Freed<SSL_free>>;
using SslContextPtr = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
using X509Ptr = std::unique_ptr<X509, Freed<X509_free>>;

// What the first error in this thread's queue says, in OpenSSL's few words;
// never nullptr, lives for ever. Empties the queue: an error that stays there
// would be taken for that of the next call, on whichever connection.
const char* TakeError();

}  // namespace chat77::server::tls
