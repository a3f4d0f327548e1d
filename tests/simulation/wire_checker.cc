#include "tests/simulation/wire_checker.h"

#include "tests/simulation/sim_client.h"

namespace chat77::simulation {

void WireChecker::OnTransmit(const SimClient& client,
                             const pb::ClientFrame& frame) {
  Reader& reader = readers_[client.device().name];
  if (frame.has_login() || frame.has_resume()) reader = {};
  if (frame.has_resume()) reader.resume_seq = frame.resume().seq();
}

void WireChecker::OnFrame(const SimClient& client,
                          const pb::ServerFrame& frame) {
  Reader& reader = readers_[client.device().name];
  if (frame.has_login() || frame.has_resume()) {
    const auto& login = frame.has_login() ? frame.login() : frame.resume();
    reader.hears = true;
    reader.next =
        1 + (frame.has_resume() ? reader.resume_seq : login.rooms(0).seq());
  }
  if (!reader.hears) return;
  if (frame.has_say() && frame.say().seq() >= reader.next) {
    reader.own.insert(frame.say().seq());
  } else if (frame.has_said()) {
    const uint64_t seq = frame.said().seq();
    if (reader.own.contains(seq)) {
      context_.Fail("2", client.device().name, " was sent its own message ",
                    seq, ".");
    }
    Hear(client, reader, seq, seq);
  } else if (frame.has_missed() &&
             frame.missed().from_seq() <= frame.missed().to_seq()) {
    Hear(client, reader, frame.missed().from_seq(), frame.missed().to_seq());
  }
}

void WireChecker::Hear(const SimClient& client, Reader& reader, uint64_t from,
                       uint64_t to) {
  while (reader.next < from && reader.own.contains(reader.next)) ++reader.next;
  if (from != reader.next) {
    context_.Fail("2", client.device().name, " was sent ", from,
                  from == to ? "" : " and others as missed", " where ",
                  reader.next, " was next.");
  }
  reader.next = to + 1;
  reader.own.erase(reader.own.begin(), reader.own.lower_bound(reader.next));
}

}  // namespace chat77::simulation
