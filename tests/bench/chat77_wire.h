// chat77's native protocol as the load generator sees it: bench/adapters.h
// includes this file where CHAT77_WIRE_H names it, and run_peers.sh takes its
// path from CHAT77_WIRE. The bytes are written and read by hand, so that the
// client's cost per message stays near that of the text protocols beside it;
// chat77_wire_test.cc compares them with the schema.
//
// A client says hello and logs in in one write, and is ready with LoginReply:
// the server puts it into the room before that frame. Where there is no such
// account it registers first, so a store that has them gives the cost of logins
// alone. It asks to hear nothing of who comes and goes, as no peer tells that.
// One private chat is made when the first private message is to be sent, so
// that the other workloads carry none.
//
// Included after `user_name(id)` is declared: any name that ends in six digits,
// those of the id. One thread; one run per process.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <string>
#include <string_view>
#include <vector>

namespace chat77_wire {

constexpr bool kEchoes = false;
constexpr bool kNoLogin = false;

// Field numbers of chat77.v1, as in proto/chat77/v1/*.proto.
enum Field : uint32_t {
  kId = 1,
  kHello = 2,
  kRegister = 3,
  kLogin = 4,
  kPing = 6,
  kError = 7,
  kSay = 20,
  kRequestPrivate = 40,
  kAcceptPrivate = 41,
  kSendPrivate = 45,
  kGoodbye = 100,
  kKeepAlive = 101,
  kSaid = 120,
  kJoined = 121,
  kLeft = 122,
  kMissed = 123,
  kPresenceChanged = 124,
  kPrivateRequested = 140,
  kPrivateConnected = 141,
  kPrivateSaid = 144,
};
enum Code : uint64_t {
  kBusy = 1,
  kUnavailable = 2,
  kBadCredentials = 104,
  kAliasTaken = 106,
};
// What Hello asks to hear of who comes and goes.
enum Presence : uint64_t { kNotices = 0, kBatched = 1, kNone = 2 };
// Of every account.
inline constexpr char kPassword[] = "secret";

// --- writing ---------------------------------------------------------------

inline void put_varint(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

inline void put_number(std::string& out, uint32_t field, uint64_t value) {
  put_varint(out, field << 3);
  put_varint(out, value);
}

inline void put_bytes(std::string& out, uint32_t field,
                      std::string_view bytes) {
  put_varint(out, field << 3 | 2);
  put_varint(out, bytes.size());
  out.append(bytes);
}

// ClientFrame{id, request}. Nobody matches replies here: one id serves all.
inline void put_request(std::string& out, Field request,
                        std::string_view body) {
  static std::string frame;
  frame.clear();
  put_number(frame, kId, 1);
  put_bytes(frame, request, body);
  put_varint(out, frame.size());
  out.append(frame);
}

inline void put_named(std::string& out, Field request, std::string_view alias,
                      std::string_view second = {}) {
  static std::string body;
  body.clear();
  put_bytes(body, 1, alias);
  if (!second.empty()) put_bytes(body, 2, second);
  if (request == kLogin) put_number(body, 3, 1);  // take_over
  put_request(out, request, body);
}

inline void put_hello(std::string& out, std::string_view software,
                      Presence presence) {
  std::string body;
  put_number(body, 1, 1);
  put_number(body, 2, 1);
  put_bytes(body, 3, software);
  put_number(body, 4, 1);  // FEATURE_LATE_REPLIES: nobody here waits for them
  put_number(body, 7, presence);
  put_request(out, kHello, body);
}

// kRegister or kLogin.
inline void put_account(std::string& out, Field request, uint32_t id) {
  put_named(out, request, user_name(id), kPassword);
}

// --- reading ---------------------------------------------------------------

struct Reader {
  const char *at, *end;

  bool varint(uint64_t& value) {
    value = 0;
    for (int shift = 0; at < end && shift < 64; shift += 7) {
      const auto byte = static_cast<uint8_t>(*at++);
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }
  // The next field: its number, and its value or its bytes. The schema has no
  // other wire types than these two; anything else ends the reading.
  bool next(uint32_t& field, uint64_t& value, std::string_view& bytes) {
    uint64_t tag;
    if (!varint(tag) || !varint(value)) return false;
    field = static_cast<uint32_t>(tag >> 3);
    if ((tag & 7) == 0) return true;
    if ((tag & 7) != 2 || value > static_cast<uint64_t>(end - at)) return false;
    bytes = {at, static_cast<size_t>(value)};
    at += value;
    return true;
  }
};

// The body of a ServerFrame: its field number, 0 if there is none.
inline uint32_t body_of(const char* p, size_t n, std::string_view& bytes) {
  Reader reader{p, p + n};
  uint32_t field = 0;
  uint64_t value;
  while (reader.next(field, value, bytes)) {
    if (field != kId) return field;
  }
  return 0;
}

// Field `wanted` of a message; false if it is not there.
inline bool find(std::string_view message, uint32_t wanted, uint64_t& value,
                 std::string_view& bytes) {
  Reader reader{message.data(), message.data() + message.size()};
  uint32_t field;
  while (reader.next(field, value, bytes)) {
    if (field == wanted) return true;
  }
  return false;
}

inline const char* payload_of(std::string_view message, uint32_t text_field) {
  uint64_t size;
  std::string_view text;
  if (!find(message, text_field, size, text)) return nullptr;
  return text.size() >= 17 && text[0] == '@' ? text.data() : nullptr;
}

// --- private chats, by the one who is sent to --------------------------------

struct Link {
  enum : uint8_t { kUnasked, kAsked, kOpen } state = kUnasked;
  std::string waiting;  // frames for when it is open
};

inline Link& link_to(uint32_t to) {
  static std::vector<Link> links;
  if (links.size() <= to) links.resize(to + 1);
  return links[to];
}

inline uint32_t id_of(std::string_view alias) {  // "u000123"
  uint32_t id = 0;
  for (char c : alias.substr(alias.size() < 6 ? 0 : alias.size() - 6)) {
    id = 10 * id + static_cast<uint32_t>(c - '0');
  }
  return id;
}

// --- the hook ----------------------------------------------------------------

inline bool frame(const char* p, size_t n, size_t& head, size_t& body) {
  Reader reader{p, p + n};
  uint64_t size;
  if (!reader.varint(size)) return false;
  head = static_cast<size_t>(reader.at - p);
  body = static_cast<size_t>(size);
  return true;
}

inline void hello(std::string& out, uint32_t id) {
  put_hello(out, "fanout", kNone);
  put_account(out, kLogin, id);
}

// What nobody counts: answers what wants an answer.
inline void aside(std::string& out, uint32_t field, std::string_view body) {
  uint64_t value = 0;
  std::string_view text;
  switch (field) {
    case kKeepAlive:
      put_request(out, kPing, {});
      break;
    case kPrivateRequested:
      if (!find(body, 1, value, text)) break;
      put_named(out, kAcceptPrivate, text);
      link_to(id_of(text)).state = Link::kOpen;
      break;
    case kPrivateConnected: {
      if (!find(body, 1, value, text)) break;
      Link& link = link_to(id_of(text));
      link.state = Link::kOpen;
      out.append(link.waiting);
      link.waiting = {};
      break;
    }
    case kError:
    case kGoodbye: {
      find(body, 2, value, text);
      const std::string sentence(text);
      find(body, 1, value, text);
      fprintf(stderr, "chat77: %s %lu: %s\n",
              field == kError ? "error" : "goodbye",
              static_cast<unsigned long>(value), sentence.c_str());
      exit(1);
    }
    default:
      break;
  }
}

// What is being waited for: a login that may find no account, the account, or a
// login that must succeed.
enum Step : int { kTryLogin = 0, kMakeAccount = 1, kMustLogIn = 2 };

inline void put_step(std::string& out, uint32_t id, int step) {
  put_account(out, step == kMakeAccount ? kRegister : kLogin, id);
}

// What follows a reply at `step`: another step, or -1 where it decides nothing.
inline int next_step(int step, uint32_t field, uint64_t code) {
  if (field == kRegister || code == kAliasTaken) return kMustLogIn;
  if (step == kTryLogin && code == kBadCredentials) return kMakeAccount;
  return code == kBusy || code == kUnavailable ? step : -1;
}

inline bool on_login(std::string& out, uint32_t id, int& step, const char* p,
                     size_t n) {
  std::string_view body, none;
  const uint32_t field = body_of(p, n, body);
  uint64_t code = 0;
  if (field == kLogin) return true;
  if (field == kError) find(body, 1, code, none);
  const int next = next_step(step, field, code);
  if (next < 0) {
    aside(out, field, body);
    return false;
  }
  step = next;
  put_step(out, id, step);
  return false;
}

inline void room(std::string& out, std::string_view payload) {
  static std::string body;
  body.clear();
  put_bytes(body, 2, payload);  // the room is left out: the lobby
  put_request(out, kSay, body);
}

inline void direct(std::string& out, uint32_t to, std::string_view payload) {
  Link& link = link_to(to);
  if (link.state == Link::kUnasked) {
    link.state = Link::kAsked;
    put_named(out, kRequestPrivate, user_name(to));
  }
  put_named(link.state == Link::kOpen ? out : link.waiting, kSendPrivate,
            user_name(to), payload);
}

inline const char* delivered(std::string& out, const char* p, size_t n) {
  std::string_view body;
  const uint32_t field = body_of(p, n, body);
  if (field == kSaid) return payload_of(body, 5);
  if (field == kPrivateSaid) return payload_of(body, 2);
  aside(out, field, body);
  return nullptr;
}

}  // namespace chat77_wire
