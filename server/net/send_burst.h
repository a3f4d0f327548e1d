// The sends of one flush: many sockets, a few pieces of bytes each.
//
// Through io_uring where the kernel has it (io_uring(7), 5.6 and later): one
// system call carries up to kAtOnce sends, which saves a fifth of what a send
// costs. One by one where it is not there, where a sandbox refuses it, or where
// there are too few to be worth it. What is sent, and what comes of it, is the
// same.
//
// One thread, that of the first Send(): the ring belongs to it.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <sys/uio.h>
#include <vector>

namespace chat77::server {

class Session;

class SendBurst {
 public:
  // Sends in one system call.
  static constexpr size_t kAtOnce = 512;
  // Fewer go one by one.
  static constexpr size_t kWorthIt = 8;

  // Whether a ring can be had: nothing, or why not, in a few words.
  static std::optional<std::string> WhyNot();

  // `use_ring`: false sends one by one, always.
  explicit SendBurst(bool use_ring);
  ~SendBurst();
  SendBurst(const SendBurst&) = delete;
  SendBurst& operator=(const SendBurst&) = delete;

  // Flushes the sessions; those with more to do than one send do it by
  // themselves. nullptr stands for nobody. The list may lose sessions to
  // nullptr meanwhile, and they must live until this returns.
  void Flush(const std::vector<Session*>& sessions);

 private:
  class Ring;
  // Readers need one piece; those who talk as well, a few more.
  static constexpr size_t kPieces = 4;
  struct Send {
    Session* session = nullptr;
    size_t offered = 0;
    int result = 0;
    msghdr message{};
    std::array<iovec, kPieces> pieces;
  };

  bool HaveRing();
  bool Add(Session& session);
  void SendAll();

  const bool use_ring_;
  bool tried_ = false;
  std::unique_ptr<Ring> ring_;
  std::vector<Session*> others_;  // those with more to do than a send
  std::vector<Send> sends_;  // their places stay while the kernel reads them
};

}  // namespace chat77::server
