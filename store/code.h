// One-time codes for people to read out and type in: invitations, and the code
// that makes the first admin.
//
// 20 characters of Crockford's alphabet (no I, L, O, U), 100 random bits, in
// groups: "7K3QD-0XW9M-...". Guessing one is hopeless, so what is kept needs no
// salt and no work, as with a device token.
#pragma once

#include <string>
#include <string_view>

namespace chat77::store {

// libsodium must have been initialised: see store/device_token.h.
std::string NewCode();

// The code as NewCode wrote it: case, spaces and dashes do not count, and what
// is easily misread (I, L, O) is what was meant (1, 1, 0). Empty for what is no
// code.
std::string NormalizeCode(std::string_view typed);

// 32 bytes: BLAKE2b of the normalized code. Of what is no code: of its bytes,
// which no code has, so that it takes the same steps.
std::string HashOfCode(std::string_view typed);

// Compares in a time that tells nothing but whether the lengths are the same.
bool SameSecret(std::string_view a, std::string_view b);

}  // namespace chat77::store
