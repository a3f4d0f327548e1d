// All connections of an attack, on the thread that calls.
//
// Paced: new connections and what they send come at the rates of their
// scripts. An attack as fast as the machine can would measure how the kernel
// shares its processors between attacker and server.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "tests/hostile/peer.h"

namespace chat77::hostile {

class Crowd {
 public:
  Crowd(std::vector<Script> scripts, const Ports& ports);

  // For so long; then all leave. While `hold` says so they only read.
  void Run(double seconds, const std::function<bool()>& hold = {});
  const Tally& tally() const { return tally_; }

 private:
  struct Group {
    Script script;
    size_t held = 0;
    size_t made = 0;
    uint64_t next = 0;
  };
  struct Member {
    std::unique_ptr<Peer> peer;
    Group* group;
  };

  void ConnectWhatIsDue(uint64_t now);
  void ActAll(uint64_t now);
  void ReadAll();
  void Drop(size_t index);

  const Ports ports_;
  std::vector<std::unique_ptr<Group>> groups_;
  Tally tally_;
  std::vector<Member> members_;
};

// Connects and goes away again at once, in several ways, from an address of
// its own each time: `count` times, `per_second`; less often if that takes
// longer than `most_seconds`.
struct Aborted {
  uint64_t tried = 0;
  uint64_t connected = 0;
};
Aborted ConnectAndAbort(const Ports& ports, uint64_t count, double per_second,
                        double most_seconds, Tally& tally);

}  // namespace chat77::hostile
