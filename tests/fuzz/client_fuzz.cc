// Any bytes from a server to a whole client (connection, core, view): no
// crash, the same events however they are cut, orders in proportion, nothing
// that a terminal obeys, and an end that is final.
#include <google/protobuf/stubs/logging.h>
#include <string>
#include <vector>

#include "client/core/client_core.h"
#include "client/terminal/event_json.h"
#include "client/terminal/view.h"
#include "proto/connection.h"
#include "proto/frame_encoder.h"
#include "tests/fuzz/check.h"
#include "tests/support/harmless_text.h"

namespace chat77::fuzz {
namespace {

using client::ClientCore;
using client::Moment;
namespace pb = wire::pb;

const Moment kNow{absl::UnixEpoch() + absl::Seconds(1), 0.5,
                  absl::FromUnixSeconds(1000000000)};

pb::ClientFrame Say() {
  pb::ClientFrame frame;
  frame.mutable_say()->set_text("hello");
  return frame;
}

pb::ClientFrame Kick() {
  pb::ClientFrame frame;
  frame.mutable_kick()->set_alias("bob");
  return frame;
}

// A client that logs in as somebody and then asks for something.
class Talker {
 public:
  explicit Talker(std::vector<std::string>& told)
      : connection_(options_, kNow.now), told_(told) {
    connection_.Start(out_);
    core_.Start(client::Credentials{"ann", "secret", true}, kNow);
    core_.OnConnected(kNow);
    Pump();
  }

  void Receive(std::string_view bytes) {
    if (ended_) return;
    connection_.Receive(bytes, kNow.now, out_, [&](const auto& frame) {
      core_.OnFrame(frame, kNow);
      Pump();
    });
    if (connection_.closed()) End();
  }

  void End() {
    if (std::exchange(ended_, true)) return;
    core_.OnClosed(connection_.close_code(), "It ended.", kNow);
    Pump();
    core_.Logout(kNow);
    Pump();
    FUZZ_CHECK(core_.state() == client::State::kOffline);
    FUZZ_CHECK(core_.unanswered() == 0);
  }

  size_t orders() const { return orders_; }

 private:
  void Pump() {
    while (auto order = core_.PollOrder()) {
      ++orders_;
      if (std::holds_alternative<client::Disconnect>(*order)) ended_ = true;
    }
    while (auto event = core_.PollEvent()) Tell(*event);
  }

  void Tell(const client::Event& event) {
    for (const std::string& line : view_.Show(event, kNow.now)) {
      FUZZ_CHECK(support::IsHarmless(line));
      told_.push_back(line);
    }
    FUZZ_CHECK(support::IsHarmless(client::EventToJson(event)));
    if (!std::holds_alternative<client::Online>(event)) return;
    core_.Send(Say(), kNow);
    core_.Send(Kick(), kNow);
  }

  wire::ConnectionOptions options_;
  wire::ClientConnection connection_;
  ClientCore core_{client::CoreOptions{.newest = 5}};
  client::View view_{{.color = false, .zone = absl::UTCTimeZone()}};
  std::vector<std::string>& told_;
  std::string out_;
  size_t orders_ = 0;
  bool ended_ = false;
};

std::vector<std::string> Run(std::string_view bytes, Cuts::Kind kind) {
  std::vector<std::string> told;
  Talker talker(told);
  for (Cuts cuts(bytes, kind); !cuts.done();) talker.Receive(cuts.Next());
  talker.End();
  FUZZ_CHECK(talker.orders() <= 64 + 4 * bytes.size());
  return told;
}

}  // namespace
}  // namespace chat77::fuzz

// Protobuf's line about each text that is none says nothing new, and there are
// a million.
extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  google::protobuf::SetLogHandler(nullptr);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace chat77::fuzz;  // NOLINT(google-build-using-namespace): main
  const std::string_view bytes = View(data, size);
  const std::vector<std::string> whole = Run(bytes, Cuts::kWhole);
  FUZZ_CHECK(Run(bytes, Cuts::kBytes) == whole);
  FUZZ_CHECK(Run(bytes, Cuts::kRandom) == whole);
  return 0;
}
