#include "tests/support/core_invariants.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "proto/limits.h"

namespace chat77::server {
namespace {

// Of the direct room that an event or a reply speaks of: its number and the
// entry's; zeros: of none.
std::pair<uint64_t, uint64_t> EntryOf(const pb::ServerFrame& frame) {
  const auto place = [](const auto& body) {
    return std::pair(body.room(), body.seq());
  };
  switch (frame.body_case()) {
    case pb::ServerFrame::kPrivateSaid:
      return place(frame.private_said());
    case pb::ServerFrame::kPrivateConnected:
      return place(frame.private_connected());
    case pb::ServerFrame::kPrivateEnded:
      return place(frame.private_ended());
    case pb::ServerFrame::kRequestPrivate:
      return place(frame.request_private());
    case pb::ServerFrame::kAcceptPrivate:
      return place(frame.accept_private());
    case pb::ServerFrame::kEndPrivate:
      return place(frame.end_private());
    case pb::ServerFrame::kSendPrivate:
      return place(frame.send_private());
    default:
      return {};
  }
}

}  // namespace

void CoreInvariants::Expect(bool good, const std::string& what) {
  if (!good && violation_.empty()) violation_ = what;
}

void CoreInvariants::Before(const Event& event) {
  links_heard_of_ = LinksNow();
  if (const auto* opened = std::get_if<SessionOpened>(&event)) {
    if (!stopped_) clients_[opened->session.value] = {};
  } else if (const auto* closed = std::get_if<SessionClosed>(&event)) {
    clients_.erase(closed->session.value);
  } else if (const auto* asked = std::get_if<SessionRequested>(&event)) {
    const auto client = clients_.find(asked->session.value);
    if (client == clients_.end()) return;
    Ask(client->second, *asked->frame);
  } else if (const auto* committed = std::get_if<Committed>(&event)) {
    Note(*committed);
  } else if (std::holds_alternative<StopRequested>(event)) {
    stopping_ = true;
  }
}

void CoreInvariants::Note(const Committed& committed) {
  const uint64_t token = committed.token.value;
  const bool login = logins_.erase(token) > 0;
  auto entry = entries_.extract(token);
  if (!committed.outcome.ok()) return;
  const Outcome& outcome = *committed.outcome;
  if (login) open_[outcome.connection] = outcome.device;
  if (entry.empty()) return;
  const Entry& what = entry.mapped();
  if (what.room == kLobby) {
    committed_[what.seq] = {what.alias, what.text};
  } else {
    uint64_t& newest = committed_entries_[what.room];
    Expect(what.seq == newest + 1, "an entry is missing in the store");
    newest = what.seq;
  }
}

// Behind a logout nothing is heard, hence nothing awaits a reply.
void CoreInvariants::Ask(Client& client, const pb::ClientFrame& frame) {
  if (client.logout != 0) return;
  client.waiting.insert(frame.request_id());
  if (frame.has_say()) client.saying.insert(frame.request_id());
  if (frame.has_logout()) client.logout = frame.request_id();
}

// Words that are not written yet, because they may have been said before, may
// be left without an answer by a stop: nothing waits for looks, and who comes
// back asks again.
void CoreInvariants::Excuse(const Event& event, const Effects& effects) {
  const auto* asked = std::get_if<SessionRequested>(&event);
  if (asked == nullptr || !asked->frame->has_say()) return;
  const auto is_written = [](const Effect& effect) {
    return std::holds_alternative<Append>(effect);
  };
  if (std::any_of(effects.begin(), effects.end(), is_written)) return;
  const auto client = clients_.find(asked->session.value);
  if (client == clients_.end()) return;
  client->second.saying.erase(asked->frame->request_id());
}

void CoreInvariants::After(const Event& event, const Effects& effects) {
  Excuse(event, effects);
  for (const Effect& effect : effects) {
    Expect(!stopped_, "after Stopped: " + Describe(effect));
    std::visit([&](const auto& e) { Check(e); }, effect);
  }
  Expect(!replied_seq_, "a SayReply without its Said");
  for (const auto& [session, client] : clients_) {
    Expect(!client.logged_out,
           absl::StrCat("s", session, " was logged out without a goodbye"));
  }
  CheckPresence();
}

void CoreInvariants::ExpectSettled() {
  for (const auto& [session, client] : clients_) {
    if (client.waiting.empty()) continue;
    Expect(false, absl::StrCat("s", session, " got no reply to #",
                               *client.waiting.begin()));
  }
  Expect(committed_.empty(), "a message was committed and not told");
  Expect(core_->idle(), "the core waits for what does not come");
  std::set<ConnectionId> online;
  for (const auto& [id, user] : core_->presence().all()) {
    online.insert(user->connection);
    Expect(open_.contains(user->connection),
           user->alias + " is online and not in the log");
  }
  for (const auto& [connection, device] : open_) {
    Expect(online.contains(connection) || (stopped_ && device != 0),
           absl::StrCat("login ", connection, " in the log has no logout"));
  }
}

void CoreInvariants::Check(const Send& send) {
  const auto client = clients_.find(send.to.value);
  if (client == clients_.end()) {
    return Expect(false, "to a session that ended: " + Describe(Effect(send)));
  }
  inboxes_[send.to.value].push_back(Describe(send.frame));
  CheckEntry(client->second, send.frame);
  if (send.frame.reply_to() != 0) CheckReply(client->second, send.frame);
}

void CoreInvariants::CheckEntry(Client& client, const pb::ServerFrame& frame) {
  const auto [room, seq] = EntryOf(frame);
  if (room == 0) return;
  const auto id = RoomId::Of(static_cast<int64_t>(room));
  Expect(seq <= committed_entries_[id],
         "told before commit: " + Describe(frame));
  uint64_t& newest = client.entries[room];
  // What is asked again is answered as it was.
  if (frame.reply_to() != 0 && seq <= newest) return;
  Expect(seq > newest, "told behind a later one: " + Describe(frame));
  newest = seq;
}

void CoreInvariants::CheckReply(Client& client, const pb::ServerFrame& frame) {
  Expect(client.waiting.erase(frame.reply_to()) == 1,
         "a reply to nothing: " + Describe(frame));
  client.saying.erase(frame.reply_to());
  CheckLogout(client, frame);
  if (frame.has_error()) {
    Expect(frame.error().code() != pb::CODE_UNSPECIFIED &&
               !frame.error().sentence().empty(),
           "a bare refusal: " + Describe(frame));
  } else if (frame.has_login() || frame.has_resume()) {
    CheckLogin(client, frame.has_login() ? frame.login() : frame.resume());
  } else if (frame.has_say()) {
    Expect(!replied_seq_, "two SayReply in a row");
    if (frame.say().seq() <= told_seq_) return;  // asked again
    replied_seq_ = frame.say().seq();
    client.heard_seq = frame.say().seq();
  }
}

void CoreInvariants::CheckLogin(Client& client, const pb::LoginReply& reply) {
  client.alias = reply.alias();
  client.heard_seq = reply.rooms(0).seq();
  Expect(client.heard_seq == told_seq_,
         "wrong position: " + DescribeLogin(reply));
  Expect(reply.resumed() == present_.contains(client.alias),
         "resumed, or not: " + DescribeLogin(reply));
  client.heard_itself = reply.resumed();
  for (const pb::RoomState& room : reply.rooms()) {
    if (room.kind() == pb::DIRECT) client.entries[room.room()] = room.seq();
  }
}

void CoreInvariants::CheckLogout(Client& client, const pb::ServerFrame& frame) {
  if (frame.reply_to() != client.logout) {
    Expect(!frame.has_logout(), "logs out who did not ask");
    return;
  }
  const bool refused =
      frame.has_error() && frame.error().code() != pb::UNAVAILABLE;
  if (refused) {
    client.logout = 0;
    return;
  }
  Expect(client.waiting.empty() && client.saying.empty(),
         "a LogoutReply before another: " + Describe(frame));
  client.logged_out = true;
}

void CoreInvariants::Check(const JoinRoom& join) {
  const auto entry = clients_.find(join.session.value);
  if (entry == clients_.end()) return Expect(false, "a ghost joins");
  Client& client = entry->second;
  Expect(!client.alias.empty(), "joins before the LoginReply");
  Expect(!client.joined, "joins twice");
  client.joined = true;
  if (!join.after_seq) return;
  Expect(*join.after_seq <= told_seq_, "joins at a place that is not yet");
  for (const auto& [seq, line] : told_) {
    if (seq > *join.after_seq) inboxes_[join.session.value].push_back(line);
  }
}

void CoreInvariants::Check(const TellRoom& tell) {
  Expect(tell.frame.reply_to() == 0, "an event with reply_to");
  Expect(tell.frame.has_said() == (tell.seq != 0), "seq of a notice");
  if (tell.frame.has_said()) {
    CheckSaid(tell);
  } else {
    CheckNotice(tell.frame);
  }
  for (const auto& [session, client] : clients_) {
    if (client.joined && session != tell.except.value) {
      Hear(session, tell.frame);
    }
  }
}

void CoreInvariants::CheckNotice(const pb::ServerFrame& frame) {
  if (frame.has_joined()) {
    Expect(present_.insert(frame.joined().alias()).second,
           "joined twice: " + Describe(frame));
  } else {
    Expect(present_.erase(frame.left().alias()) == 1,
           "left without having joined: " + Describe(frame));
  }
}

void CoreInvariants::CheckSaid(const TellRoom& tell) {
  const pb::Said& said = tell.frame.said();
  Expect(said.seq() == told_seq_ + 1 && tell.seq == said.seq(),
         "not dense: " + Describe(tell.frame));
  told_seq_ = said.seq();
  told_.emplace_back(told_seq_, Describe(tell.frame));
  Expect(!replied_seq_ || *replied_seq_ == said.seq(),
         "the sender was told another number");
  replied_seq_.reset();
  if (!options_.history) return;
  const auto words = committed_.extract(said.seq());
  Expect(!words.empty(), "told before commit: " + Describe(tell.frame));
  if (words.empty()) return;
  Expect(words.mapped().alias == said.alias() &&
             words.mapped().text == said.text(),
         "told otherwise than stored: " + Describe(tell.frame));
}

void CoreInvariants::Hear(uint64_t session, const pb::ServerFrame& frame) {
  Client& client = clients_.at(session);
  inboxes_[session].push_back(Describe(frame));
  if (!client.heard_itself) {
    Expect(frame.has_joined() && frame.joined().alias() == client.alias,
           "heard before its own Joined: " + Describe(frame));
    client.heard_itself = true;
  }
  if (!frame.has_said()) return;
  Expect(frame.said().seq() == client.heard_seq + 1,
         absl::StrCat("a gap for s", session, ": ", Describe(frame)));
  client.heard_seq = frame.said().seq();
}

void CoreInvariants::Check(const CloseSession& close) {
  const auto entry = clients_.find(close.session.value);
  if (entry == clients_.end()) return Expect(false, "closes a ghost");
  const Client client = std::move(entry->second);
  clients_.erase(entry);
  const bool at_once = close.code == pb::TAKEN_OVER ||
                       close.code == pb::DEVICE_REVOKED ||
                       close.code == pb::KICKED || close.code == pb::BANNED;
  Expect(client.saying.empty() || at_once,
         "goodbye before a SayReply: " + Describe(Effect(close)));
  Expect(client.logout == 0 || client.logged_out || at_once || stopping_,
         "goodbye before a LogoutReply: " + Describe(Effect(close)));
  Expect(client.logged_out == (close.code == pb::LOGGED_OUT),
         "another goodbye than was asked for: " + Describe(Effect(close)));
  Expect(client.waiting.empty() || at_once || stopping_,
         "goodbye before a reply: " + Describe(Effect(close)));
  Expect(close.code != pb::CODE_UNSPECIFIED && !close.sentence.empty(),
         "a bare goodbye");
  inboxes_[close.session.value].push_back("bye " + pb::Code_Name(close.code));
}

void CoreInvariants::CheckToken(Token token) {
  Expect(token.value > last_token_, "a token was used twice");
  last_token_ = token.value;
}

void CoreInvariants::Check(const RecordLogin& work) {
  CheckToken(work.token);
  logins_.insert(work.token.value);
}

void CoreInvariants::Check(const RecordLogout& work) {
  if (work.token) CheckToken(work.token);
  Expect(work.reason != "server stopped" || open_[work.connection] == 0,
         "a stop logs out who can resume: " + Describe(Effect(work)));
  Expect(open_.erase(work.connection) == 1,
         absl::StrCat("logout of ", work.connection, ", which is not open"));
}

void CoreInvariants::Check(const SetLink& work) {
  CheckToken(work.token);
  Expect(work.link.first != work.link.second, "a link of one");
  if (work.entry) entries_[work.token.value] = *work.entry;
}

// Those who were linked by the beginning or the end of what is happening may
// have been for a moment of it.
void CoreInvariants::Check(const Append& work) {
  CheckToken(work.token);
  const Entry& entry = work.entry;
  entries_[work.token.value] = entry;
  if (entry.room == kLobby) {
    return Expect(options_.history, "stored although history is off");
  }
  Expect(
      links_heard_of_.contains(entry.room) || LinksNow().contains(entry.room),
      "a text without a link: " + Describe(Effect(work)));
}

void CoreInvariants::CheckPresence() {
  std::set<std::string> keys;
  for (const auto& [id, user] : core_->presence().all()) {
    Expect(keys.insert(user->key).second, user->alias + " is online twice");
    CheckRooms(*user);
    if (!user->session) {
      Expect(user->resumes && user->joined,
             user->alias + " is away and cannot resume");
      continue;
    }
    const auto client = clients_.find(user->session.value);
    if (client == clients_.end()) {
      Expect(false, user->alias + " is online with a session that ended");
      continue;
    }
    Expect(client->second.logout == 0 || client->second.waiting.size() > 1,
           user->alias + " is online behind its logout");
    Expect(client->second.joined == user->joined,
           user->alias + " joined, or not");
  }
}

void CoreInvariants::CheckRooms(const User& user) {
  size_t open = 0;
  for (const auto& [other, room] : core_->rooms().Of(user.account)) {
    Expect(other != user.account, user.alias + " has a state with itself");
    Expect(core_->rooms().Find(other, user.account) == room,
           user.alias + " has a lopsided state");
    if (room->StateFor(user.account) != PrivateState::kNone) ++open;
  }
  Expect(open <= wire::kPrivatePerUser, "too many private chats");
}

CoreInvariants::Links CoreInvariants::LinksNow() const {
  Links links;
  for (const DirectRoomPtr& room : core_->rooms().all()) {
    if (room->standing.state == LinkState::kLinked) {
      links.insert(room->standing.id);
    }
  }
  return links;
}

}  // namespace chat77::server
