// What the connections of an attack do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace chat77::hostile {

enum class Door : uint8_t { kNative, kText };
enum class Reading : uint8_t {
  kAll,
  kNothing,
  kUntilLogin,  // its reply is read, and nothing after it
};

struct Script {
  // What the n-th connection sends; the k-th time.
  using Opening = std::function<std::string(size_t n)>;
  using Drip = std::function<std::string(size_t n, size_t k)>;

  Door door = Door::kNative;
  size_t at_once = 100;     // connections that are held
  double per_second = 100;  // new ones, until so many are held
  size_t addresses = 100;   // that they come from
  size_t first_address = 0;
  Opening opening = {};
  Drip drip = {};  // begins with the login's reply, if `login`
  double drips_per_second = 0;
  bool login = false;
  Reading reading = Reading::kAll;
  int receive_bytes = 0;    // see Connect()
  double life_seconds = 0;  // closes then; 0: never
  bool hard = false;        // and with a reset
  // Speaks TLS, all the above within; `tls` is the version, 0x304 or 0x303.
  int tls = 0;
  bool renegotiate = false;  // each drip asks for it
};

}  // namespace chat77::hostile
