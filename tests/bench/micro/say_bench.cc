// The core's path of one message: asked, sequenced, committed, told. No bytes,
// no store, no readers.
//   build/bench/bin/say_bench
#include <benchmark/benchmark.h>
#include <cstdlib>
#include <string>

#include "server/core/chat_core.h"

namespace chat77::server {
namespace {

const SessionId kAnn{1};

// The core with one user in the room, and a store that always says yes.
class Room {
 public:
  explicit Room(bool history) : core_({.history = history}) {
    core_.Handle(SessionOpened{kAnn, "127.0.0.1", 1}, now_, effects_);
    pb::ClientFrame login;
    login.set_request_id(1);
    login.mutable_login()->set_alias("ann");
    login.mutable_login()->set_password("secret");
    Ask(login);
    if (core_.online() != 1) std::abort();
  }

  void Ask(const pb::ClientFrame& frame) {
    core_.Handle(SessionRequested{kAnn, &frame}, now_, effects_);
    while (Answer()) {
    }
    effects_.clear();
  }

 private:
  // Answers the first effect that waits for the outside; false: none does.
  bool Answer() {
    for (const Effect& effect : effects_) {
      Event answer;
      if (const auto* check = std::get_if<CheckPassword>(&effect)) {
        answer = PasswordChecked{check->token, AccountName{1, "ann"}};
      } else if (const auto* login = std::get_if<RecordLogin>(&effect)) {
        answer = Committed{login->token, Outcome{.connection = 1}};
      } else if (const auto* rooms = std::get_if<ReadRooms>(&effect)) {
        answer = RoomsRead{rooms->token, AccountRooms{}};
      } else if (const auto* append = std::get_if<Append>(&effect)) {
        answer = Committed{append->token, Outcome{}};
      } else {
        continue;
      }
      effects_.clear();
      core_.Handle(answer, now_, effects_);
      return true;
    }
    return false;
  }

  ChatCore core_;
  Effects effects_;
  const Moment now_{absl::FromUnixSeconds(1'700'000'000), {}};
};

void BM_Say(benchmark::State& state) {
  Room room(state.range(0) != 0);
  pb::ClientFrame frame;
  frame.set_request_id(2);
  frame.mutable_say()->set_text(
      std::string(static_cast<size_t>(state.range(1)), 'x'));
  for (auto _ : state) room.Ask(frame);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Say)
    ->ArgNames({"history", "bytes"})
    ->ArgsProduct({{0, 1}, {64, 8192}});

}  // namespace
}  // namespace chat77::server
