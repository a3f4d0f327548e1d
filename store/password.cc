#include "store/password.h"

#include <sodium.h>

#include "absl/status/status.h"

#include "store/internal/sodium.h"

namespace chat77::store {
namespace {

struct Limits {
  unsigned long long passes;
  size_t bytes;
};

Limits LimitsFor(PasswordCost cost) {
  if (cost == PasswordCost::kMin) {
    return {crypto_pwhash_argon2id_OPSLIMIT_MIN,
            crypto_pwhash_argon2id_MEMLIMIT_MIN};
  }
  return {2, size_t{19} << 20};
}

}  // namespace

absl::StatusOr<std::string> HashPassword(std::string_view password,
                                         PasswordCost cost) {
  if (!SodiumIsReady()) {
    return absl::UnavailableError(
        "The system gives no random numbers, so no password can be hashed; "
        "check that /dev/urandom is there.");
  }
  char hash[crypto_pwhash_argon2id_STRBYTES];
  const Limits limits = LimitsFor(cost);
  if (crypto_pwhash_argon2id_str(hash, password.data(), password.size(),
                                 limits.passes, limits.bytes) != 0) {
    return absl::ResourceExhaustedError(
        "There is not enough memory to hash a password now; try again later.");
  }
  return std::string(hash);
}

bool VerifyPassword(std::string_view hash, std::string_view password) {
  // libsodium wants a C string; a NUL inside would hide what follows it.
  if (!SodiumIsReady() || hash.size() >= crypto_pwhash_argon2id_STRBYTES ||
      hash.find('\0') != std::string_view::npos) {
    return false;
  }
  return crypto_pwhash_argon2id_str_verify(
             std::string(hash).c_str(), password.data(), password.size()) == 0;
}

bool NeedsRehash(std::string_view hash, PasswordCost cost) {
  const Limits limits = LimitsFor(cost);
  return crypto_pwhash_argon2id_str_needs_rehash(
             std::string(hash).c_str(), limits.passes, limits.bytes) != 0;
}

bool AbslParseFlag(absl::string_view text, PasswordCost* cost,
                   std::string* error) {
  if (text == "default" || text == "min") {
    *cost = text == "min" ? PasswordCost::kMin : PasswordCost::kDefault;
    return true;
  }
  *error = "it is default or min";
  return false;
}

std::string AbslUnparseFlag(PasswordCost cost) {
  return cost == PasswordCost::kMin ? "min" : "default";
}

}  // namespace chat77::store
