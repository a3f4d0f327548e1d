#include "tests/bench/load/wire.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace chat77::bench {
namespace {

constexpr size_t kStampBytes = 17;

std::string& Prefix() {
  static std::string prefix = "load";
  return prefix;
}

// ServerFrame{body}: an event has no reply_to.
void PutEvent(std::string& out, chat77_wire::Field event,
              std::string_view body) {
  static std::string frame;
  frame.clear();
  chat77_wire::put_bytes(frame, event, body);
  chat77_wire::put_varint(out, frame.size());
  out.append(frame);
}

}  // namespace

void SetPrefix(std::string prefix) { Prefix() = std::move(prefix); }

std::string Payload(size_t size) {
  std::string payload(std::max(size, kStampBytes), 'x');
  Stamp(payload, 0);
  return payload;
}

void Stamp(std::string& payload, uint64_t time) {
  payload[0] = '@';
  for (size_t i = kStampBytes - 1; i > 0; --i, time >>= 4) {
    payload[i] = "0123456789abcdef"[time & 15];
  }
}

uint64_t StampOf(const char* payload) {
  uint64_t time = 0;
  std::from_chars(payload + 1, payload + kStampBytes, time, 16);
  return time;
}

void PutSaid(std::string& out, std::string_view payload) {
  static uint64_t seq = 1'000'000;
  std::string body;
  chat77_wire::put_number(body, 2, ++seq);
  chat77_wire::put_number(body, 3, 1'700'000'000'000);
  chat77_wire::put_bytes(body, 4, user_name(0));
  chat77_wire::put_bytes(body, 5, payload);
  chat77_wire::put_number(body, 6, 1);  // the lobby
  PutEvent(out, chat77_wire::kSaid, body);
}

void PutPrivateSaid(std::string& out, std::string_view payload) {
  static uint64_t seq = 1'000'000;
  std::string body;
  chat77_wire::put_bytes(body, 1, user_name(0));
  chat77_wire::put_bytes(body, 2, payload);
  chat77_wire::put_number(body, 3, 1'700'000'000'000);
  chat77_wire::put_number(body, 5, 2);  // the room
  chat77_wire::put_number(body, 6, 1);  // its epoch
  chat77_wire::put_number(body, 7, ++seq);
  PutEvent(out, chat77_wire::kPrivateSaid, body);
}

}  // namespace chat77::bench

std::string user_name(uint32_t id) {
  const std::string digits = std::to_string(id);
  const size_t zeros = digits.size() < 6 ? 6 - digits.size() : 0;
  return chat77::bench::Prefix() + std::string(zeros, '0') + digits;
}
