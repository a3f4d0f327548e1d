// One connection of an attack.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "proto/frame_decoder.h"
#include "proto/limits.h"
#include "tests/hostile/script.h"
#include "tests/hostile/sockets.h"
#include "tests/hostile/tally.h"
#include "tests/support/tls_peer.h"

namespace chat77::hostile {

class Peer {
 public:
  // Connects; fd() is below 0 where that failed. `script` and `tally` outlive
  // it. `now`, here and below: HonestUser::Now().
  Peer(const Script& script, const Ports& ports, size_t number, uint64_t now,
       Tally& tally);
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  int fd() const { return fd_; }
  bool wants_to_read() const;
  // Sends what is due; false when its life is over.
  bool Act(uint64_t now);
  // Something came, or the end did: false for that.
  bool Read();
  // It is still there when the attack ends.
  void Leave();

 private:
  void Say(std::string_view plain);
  void Take(std::string_view bytes);
  void TakeFrame(std::string_view body);
  void TakeText(std::string_view bytes);

  const Script& script_;
  Tally& tally_;
  const size_t number_;
  const uint64_t born_;
  uint64_t next_drip_;
  size_t drips_ = 0;
  int fd_;
  bool in_ = false;
  bool opened_ = false;
  bool foreign_ = false;  // the answer was no frame
  std::string out_;
  std::string line_;
  std::unique_ptr<test::TlsPeer> tls_;
  wire::FrameDecoder decoder_{wire::kFrameBytes};
};

}  // namespace chat77::hostile
