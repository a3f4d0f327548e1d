// What happens, as lines for a person: times, names told apart by colour, and
// nothing of other people's that a terminal would obey.
//
//   12:51 ann: hello                      said in the room
//   12:51 ann: first line
//         | second line                   a message never forges another
//   12:52 * bob joined
//   12:53 * ann, cem, dan and 37 more joined      in batches
//   12:52 [private] bob: are you there?
//   12:52 [private to bob] yes
//   12:40 [private, earlier] bob: hello   had waited for this user
//   -- The connection was lost. Trying again in 2 s.
//
// A line `-- 14 March 2026 --` goes before the first message of another day;
// the day before the first line of all is today.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

#include "client/core/event.h"

namespace chat77::client {

struct ViewOptions {
  bool color = true;
  absl::TimeZone zone = absl::LocalTimeZone();
};

// Pure but for the day of the last line. Lines have no line end.
class View {
 public:
  using Lines = std::vector<std::string>;

  explicit View(ViewOptions options) : options_(options) {}

  // Nothing for what is not to be shown (Replied, Connecting, ...). CaughtUp is
  // "reconnected, 12 messages caught up". `now` stamps events that carry no
  // time.
  Lines Show(const Event& event, absl::Time now);

  Lines ShowSaid(const pb::Said& said);
  Lines ShowPrivateSent(std::string_view to, std::string_view text,
                        absl::Time time, bool late = false);
  Lines ShowOnline(const pb::ListOnlineReply& reply) const;
  Lines ShowPrivate(const pb::ListPrivateReply& reply) const;
  Lines ShowBlocked(const pb::ListBlockedReply& reply) const;
  Lines ShowDevices(const pb::ListDevicesReply& reply) const;
  // A sentence of this program's or the server's.
  std::string Note(std::string_view sentence) const;
  std::string Error(std::string_view sentence) const;
  std::string Name(std::string_view alias) const;

 private:
  Lines Stamped(absl::Time time, std::string_view head, std::string_view text);
  std::string Paint(std::string_view code, std::string_view text) const;
  Lines ShowChanged(const pb::PresenceChanged& changed, absl::Time now);
  Lines ShowOffline(const Offline& offline) const;
  Lines ShowWithdrawn(const pb::RequestWithdrawn& withdrawn, absl::Time now);
  Lines ShowEnded(const pb::PrivateEnded& ended, absl::Time now);
  Lines ShowPrivateText(const PrivateText& text);

  ViewOptions options_;
  std::optional<absl::CivilDay> day_;  // of the last line
};

// The colour of a name: the same on every machine and in every release. An
// index from 0 to 11.
int NameColor(std::string_view alias);

}  // namespace chat77::client
