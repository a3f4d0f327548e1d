#include <iterator>
#include <random>

#include "tests/hostile/attacks.h"
#include "tests/hostile/requests.h"
#include "tests/support/tls_peer.h"

namespace chat77::hostile {
namespace {

using namespace std::string_literals;

constexpr int kTls12 = 0x303, kTls13 = 0x304;

std::string Garbage(size_t seed, size_t size) {
  std::mt19937 random(static_cast<uint32_t>(seed));
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

const std::string& ClientHello() {
  static const std::string kHello = test::TlsPeer().TakeOut();
  return kHello;
}

Script Silent(Door door, size_t at_once) {
  return {.door = door, .at_once = at_once, .addresses = at_once / 4};
}

Attack Slowloris() {
  Script native = Silent(Door::kNative, 300);
  native.drip = [](size_t, size_t k) {
    const std::string hello = Hello();
    return hello.substr(k % hello.size(), 1);
  };
  native.drips_per_second = 1;
  Script tls = Silent(Door::kNative, 100);
  tls.first_address = 100;
  tls.drip = [](size_t, size_t k) {
    return ClientHello().substr(k % ClientHello().size(), 1);
  };
  tls.drips_per_second = 1;
  Script text = Silent(Door::kText, 80);
  text.drip = [](size_t, size_t) { return "R"s; };
  text.drips_per_second = 1;
  return {"slowloris, 1 byte/s", {native, tls, text}, ""};
}

Attack HalfOpen() {
  Script vanish{.at_once = 50, .addresses = 100, .first_address = 200};
  vanish.opening = [](size_t) { return Hello(); };
  vanish.reading = Reading::kNothing;
  vanish.life_seconds = 0.5;
  vanish.hard = true;
  return {"half open, and vanish",
          {Silent(Door::kNative, 300), Silent(Door::kText, 80), vanish},
          ""};
}

Attack LyingLengths() {
  Script script{.life_seconds = 2};
  script.opening = [](size_t n) {
    static const std::string kLies[] = {
        "\xff\xff\xff\xff\x0f"s,
        "\xff\xff\xff\xff\xff\x7f"s,
        "\x80\x20"s,
        "\x80\x20\x08\x01"s,
        "\xff\x1f\x12"s,
        "\x80\x80\x04"s,
        "\x16\x03\x01\xff\xff"s,
        "\x16\x03\x01\x10\x00\x01"s,
        "\x16\x03\x01\x10\x00\x01\x00\xff\xff"s};
    return kLies[n % std::size(kLies)];
  };
  return {"lying lengths", {script}, ""};
}

// Large frames in which there is nothing, and small ones that want an answer.
Attack WorthlessFrames() {
  Script unknown{.at_once = 50};
  unknown.opening = [](size_t) { return Hello(); };
  unknown.drip = [](size_t n, size_t) {
    std::string body = "\x08\x01"s;  // request_id
    while (body.size() < 4000) {
      // Field 500, or Hello once more.
      body += n % 2 == 0 ? "\xa2\x1f\x04zzzz"s : "\x12\x02\x08\x01"s;
    }
    const auto size = body.size();
    return std::string{static_cast<char>(size | 0x80),
                       static_cast<char>(size >> 7)} +
           body;
  };
  unknown.drips_per_second = 20;
  Script pings{.at_once = 50, .first_address = 100};
  pings.opening = [](size_t) { return Hello(); };
  pings.drip = [](size_t, size_t) {
    std::string all;
    for (int i = 0; i < 20; ++i) all += Ping();
    return all;
  };
  pings.drips_per_second = 10;
  Script empty{.at_once = 20, .life_seconds = 1};
  empty.opening = [](size_t) { return std::string(4000, '\0'); };
  return {"worthless frames", {unknown, pings, empty}, ""};
}

Attack HandshakeFlood() {
  Script silent{.at_once = 100, .life_seconds = 1};
  silent.opening = [](size_t) { return ClientHello(); };
  Script whole{.at_once = 30, .per_second = 30, .life_seconds = 0.5};
  whole.tls = kTls13;
  Script older = whole;
  older.tls = kTls12;
  Script garbage{.at_once = 50, .per_second = 50, .life_seconds = 1};
  garbage.opening = [](size_t n) {
    const std::string record = "\x17\x03\x03\x01\x00"s + Garbage(n, 256);
    return n % 2 == 0 ? ClientHello() + record
                      : "\x16\x03\x01\x01\x00"s + Garbage(n, 256);
  };
  Script again{.at_once = 10, .per_second = 10};
  again.first_address = 300;
  again.tls = kTls12;
  again.renegotiate = true;
  again.opening = [](size_t) { return Hello(); };
  again.drip = [](size_t, size_t) { return Ping(); };
  again.drips_per_second = 5;
  return {"TLS handshake flood", {silent, whole, older, garbage, again}, ""};
}

Script Knock(Door door, Script::Opening opening) {
  Script script{.door = door, .at_once = 60, .per_second = 60};
  script.life_seconds = 1;
  script.opening = std::move(opening);
  return script;
}

Attack GarbageOnPorts() {
  const auto bytes = [](size_t n) { return Garbage(n, 1 + n % 2000); };
  return {
      "garbage", {Knock(Door::kNative, bytes), Knock(Door::kText, bytes)}, ""};
}

Attack OtherProtocols() {
  const auto words = [](size_t n) {
    static const std::string kWords[] = {
        "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n"s,
        "POST /login HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n"s,
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"s,
        "SSH-2.0-OpenSSH_9.2\r\n"s,
        "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00"s,
        "EHLO example.org\r\n"s,
        "\x03\x00\x00\x13\x0e\xe0\x00\x00"s,
        "NICK a\r\nUSER a 0 * :a\r\n"s};
    return kWords[n % std::size(kWords)];
  };
  return {"HTTP, SSH, TLS and others",
          {Knock(Door::kNative, words), Knock(Door::kText, words)},
          ""};
}

}  // namespace

std::vector<Attack> StrangersAttacks() {
  return {Slowloris(),       HalfOpen(),       LyingLengths(),
          WorthlessFrames(), HandshakeFlood(), GarbageOnPorts(),
          OtherProtocols()};
}

}  // namespace chat77::hostile
