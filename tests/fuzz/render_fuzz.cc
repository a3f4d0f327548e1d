// Any frame of a server's, shown in every way the terminal client shows it, is
// lines that a terminal does not obey.
// Input: the body of a ServerFrame.
#include <string>

#include "client/core/event_of.h"
#include "client/terminal/event_json.h"
#include "client/terminal/sanction_lines.h"
#include "client/terminal/view.h"
#include "tests/fuzz/check.h"
#include "tests/support/harmless_text.h"

namespace chat77::fuzz {
namespace {

using client::Event;
using Screen = client::View;
namespace pb = wire::pb;

constexpr absl::Time kNow = absl::UnixEpoch();

void CheckLines(const Screen::Lines& lines) {
  for (const std::string& line : lines) {
    FUZZ_CHECK(line.find('\n') == std::string::npos);
    FUZZ_CHECK(support::IsHarmless(line));
  }
}

void CheckEvent(const Event& event, Screen& view) {
  CheckLines(view.Show(event, kNow));
  FUZZ_CHECK(support::IsHarmless(client::EventToJson(event)));
}

void CheckReplies(const pb::ServerFrame& frame, Screen& view) {
  CheckLines(view.ShowOnline(frame.list_online()));
  CheckLines(view.ShowPrivate(frame.list_private()));
  CheckLines(view.ShowDevices(frame.list_devices()));
  CheckLines(view.ShowBlocked(frame.list_blocked()));
  CheckLines(
      client::SanctionLines(frame.list_sanctions(), absl::UTCTimeZone()));
  for (const pb::Said& said : frame.fetch_history().messages()) {
    CheckLines(view.ShowSaid(said));
  }
  CheckLines({view.Error(frame.error().sentence()),
              view.Note(frame.create_invitation().code()),
              view.Name(frame.login().alias())});
}

}  // namespace
}  // namespace chat77::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace chat77::fuzz;  // NOLINT(google-build-using-namespace): main
  pb::ServerFrame frame;
  if (!frame.ParseFromArray(data, static_cast<int>(size))) return 0;
  Screen view({.color = false, .zone = absl::UTCTimeZone()});
  if (const auto event = chat77::client::EventOf(frame)) {
    CheckEvent(*event, view);
  }
  CheckEvent(chat77::client::RoomSaid{frame.said()}, view);
  chat77::client::Offline offline;
  offline.why = frame.goodbye().sentence();
  CheckEvent(offline, view);
  CheckReplies(frame, view);
  return 0;
}
