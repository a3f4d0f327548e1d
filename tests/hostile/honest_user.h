// One who only wants to talk: natively, natively in TLS, or as text.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "proto/frame_decoder.h"
#include "proto/limits.h"
#include "tests/bench/load/secure.h"
#include "tests/hostile/requests.h"
#include "tests/hostile/sockets.h"

namespace chat77::hostile {

class HonestUser {
 public:
  enum class Kind : uint8_t { kNative, kTls, kText };
  // A message of another honest user: who said it, and when (Now()).
  using Heard = std::function<void(uint32_t sender, uint64_t time)>;

  // 127.1.0.0/16 is for these; each has an address of its own.
  HonestUser(Kind kind, uint32_t number, const Ports& ports);
  ~HonestUser();
  HonestUser(const HonestUser&) = delete;
  HonestUser& operator=(const HonestUser&) = delete;

  // Nanoseconds of a clock that does not jump.
  static uint64_t Now();

  // Connect, if that was not done: the server wants a login soon after. Wait
  // for the answers; empty, or what the server said instead.
  std::string Register();
  std::string Login();

  void Say();
  // Takes what has come; false when the connection is over.
  bool Read(const Heard& heard);

  int fd() const { return fd_; }
  // Errors, goodbyes and messages that it missed; the last of them.
  size_t complaints() const { return complaints_; }
  const std::string& complaint() const { return complaint_; }

 private:
  std::string alias() const;
  void Connect();
  std::string Enter(bool login);
  std::string EnterText(bool login);
  bool Await(std::string_view words, std::string& line);
  bool Send(std::string bytes);
  bool Fill();
  void Take(std::string_view body, const Heard& heard);
  void Complain(std::string what);

  const Kind kind_;
  const uint32_t number_;
  const Ports ports_;
  int fd_ = -1;
  std::unique_ptr<bench::Secure> tls_;
  std::string in_;
  wire::FrameDecoder decoder_{wire::kFrameBytes};
  pb::ServerFrame frame_;
  size_t complaints_ = 0;
  std::string complaint_;
};

}  // namespace chat77::hostile
