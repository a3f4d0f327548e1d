#include "tests/support/core_invariants.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "proto/limits.h"

namespace chat77::server {
namespace {

PrivateState Mirrored(PrivateState state) {
  if (state == PrivateState::kAsking) return PrivateState::kAsked;
  if (state == PrivateState::kAsked) return PrivateState::kAsking;
  return state;
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
  } else if (const auto* received = std::get_if<PrivateReceived>(&event)) {
    const auto client = clients_.find(received->session.value);
    if (client == clients_.end() || client->second.stay == 0) return;
    Receive(stays_[client->second.stay], received->private_seq);
  } else if (const auto* committed = std::get_if<Committed>(&event)) {
    Note(*committed);
  } else if (std::holds_alternative<StopRequested>(event)) {
    stopping_ = true;
  }
}

// What the client never got it cannot have.
void CoreInvariants::Receive(Stay& stay, uint64_t private_seq) {
  if (private_seq > stay.events.size()) return;
  stay.received = std::max(stay.received, private_seq);
}

void CoreInvariants::Note(const Committed& committed) {
  const uint64_t token = committed.token.value;
  const bool login = logins_.erase(token) > 0;
  auto append = appends_.extract(token);
  if (!committed.outcome.ok()) return;
  const Outcome& outcome = *committed.outcome;
  if (login) open_[outcome.connection] = outcome.device;
  if (append.empty()) return;
  committed_[outcome.seq] = append.mapped();
}

// Behind a logout nothing is heard, hence nothing awaits a reply.
void CoreInvariants::Ask(Client& client, const pb::ClientFrame& frame) {
  if (client.logout != 0) return;
  client.waiting.insert(frame.request_id());
  if (frame.has_say()) client.saying.insert(frame.request_id());
  if (frame.has_logout()) client.logout = frame.request_id();
  if (frame.has_resume()) client.places[frame.request_id()] = frame.resume();
  if (!frame.has_send_private()) return;
  for (const auto& link : LinksNow()) {
    if (link.first == client.alias &&
        absl::EqualsIgnoreCase(link.second, frame.send_private().alias())) {
      ++texts_on_their_way_[link];
    }
  }
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
    Expect(client.private_seq >= client.owed,
           absl::StrCat("s", session, " did not get what had waited for it"));
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
  NoteLink(client->second.alias, send.frame);
  if (send.frame.reply_to() != 0) return CheckReply(client->second, send.frame);
  CheckPrivate(client->second, send.frame);
}

// A private event, by the session it is sent to.
void CoreInvariants::CheckPrivate(Client& client,
                                  const pb::ServerFrame& frame) {
  const uint64_t seq = frame.private_seq();
  Expect((seq != 0) == (client.stay != 0), "a number: " + Describe(frame));
  if (seq == 0) return CheckLinked(client.alias, frame);
  Expect(seq == client.private_seq + 1,
         absl::StrCat("private event after ", client.private_seq, ": ",
                      Describe(frame)));
  client.private_seq = seq;
  Stay& stay = stays_[client.stay];
  if (seq > stay.events.size()) return NotePrivate(stay, client.alias, frame);
  Expect(stay.events[seq - 1] == Describe(frame),
         "came otherwise before: " + Describe(frame));
}

// An event that is new to the stay.
void CoreInvariants::NotePrivate(Stay& stay, const std::string& to,
                                 const pb::ServerFrame& frame) {
  Expect(frame.private_seq() == stay.events.size() + 1,
         "a gap in what " + to + " is told: " + Describe(frame));
  stay.events.push_back(Describe(frame));
  CheckLinked(to, frame);
  CheckOnce(to, frame);
}

// A text may be told after its link has ended, if it was sent before. Those who
// were linked by the beginning or the end of what is happening may have been
// for a moment of it; and so may those who are told in it that they are, before
// a logout that waited ends it.
void CoreInvariants::CheckLinked(const std::string& to,
                                 const pb::ServerFrame& frame) {
  if (!frame.has_private_said()) return;
  const std::pair link{frame.private_said().alias(), to};
  if (const auto sent = texts_on_their_way_.find(link);
      sent != texts_on_their_way_.end() && sent->second > 0) {
    --sent->second;
    return;
  }
  Expect(links_heard_of_.contains(link) || LinksNow().contains(link),
         "private without a link: " + Describe(frame) + " to " + to);
}

void CoreInvariants::NoteLink(const std::string& to,
                              const pb::ServerFrame& frame) {
  const std::string& other =
      frame.has_accept_private()            ? frame.accept_private().alias()
      : frame.request_private().connected() ? frame.request_private().alias()
                                            : frame.private_connected().alias();
  if (other.empty()) return;
  links_heard_of_.insert({to, other});
  links_heard_of_.insert({other, to});
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
    CheckLogin(client, frame.has_login() ? frame.login() : frame.resume(),
               client.places[frame.reply_to()]);
  } else if (frame.has_say()) {
    Expect(!replied_seq_, "two SayReply in a row");
    if (frame.say().seq() <= told_seq_) return;  // asked again
    replied_seq_ = frame.say().seq();
    client.heard_seq = frame.say().seq();
  }
}

void CoreInvariants::CheckLogin(Client& client, const pb::LoginReply& reply,
                                const pb::Resume& place) {
  client.alias = reply.alias();
  client.heard_seq = reply.rooms(0).seq();
  Expect(client.heard_seq == told_seq_,
         "wrong position: " + DescribeLogin(reply));
  Expect(reply.resumed() == present_.contains(client.alias),
         "resumed, or not: " + DescribeLogin(reply));
  client.heard_itself = reply.resumed();
  client.stay = reply.stay();
  if (client.stay == 0) return;
  Expect(client.stay > options_.run, "a stay of another run");
  Expect(reply.resumed() == stays_.contains(client.stay),
         "another stay than before: " + DescribeLogin(reply));
  Stay& stay = stays_[client.stay];
  // Its own Joined follows.
  if (!reply.resumed()) stay.joins = joins_[client.alias] + 1;
  Expect(!reply.resumed() || stay.joins == joins_[client.alias],
         client.alias + " was said to have left and come meanwhile");
  if (place.stay() == client.stay) {
    Receive(stay, place.private_seq());
  }
  // What they were told in the same event, before the reply or behind it, is
  // noted when it is sent.
  client.private_seq = stay.received;
  client.owed = reply.private_seq();
  Expect(reply.private_seq() >= stay.events.size(),
         "private events were not counted: " + DescribeLogin(reply));
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
    ++joins_[frame.joined().alias()];
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

// The stays of both must be in the log.
void CoreInvariants::Check(const SetPrivate& work) {
  CheckToken(work.token);
  Expect(open_.contains(work.first) && open_.contains(work.second),
         "a pair of stays that are not: " + Describe(Effect(work)));
  Expect(work.first != work.second, "a pair of one");
}

void CoreInvariants::Check(const Append& work) {
  CheckToken(work.token);
  Expect(options_.history, "stored although history is off");
  appends_[work.token.value] = {work.alias, work.text};
}

void CoreInvariants::CheckPresence() {
  std::set<std::string> keys;
  size_t mailboxes = 0;
  for (const auto& [id, user] : core_->presence().all()) {
    Expect(keys.insert(user->key).second, user->alias + " is online twice");
    if (user->mailbox != nullptr) mailboxes += user->mailbox->bytes();
    CheckMailbox(*user);
    CheckPeers(*user);
    if (!user->session) {
      Expect(user->device != 0 && user->joined,
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
  Expect(mailboxes == core_->mailbox_bytes(), "mailbox_bytes() is wrong");
}

// Notes what is new, whether or not it could be sent to anybody.
void CoreInvariants::NoteMailbox(const User& user) {
  if (user.mailbox == nullptr) return;
  Stay& stay =
      stays_[options_.run + static_cast<uint64_t>(user.connection.value())];
  for (const pb::ServerFrame& frame : user.mailbox->events()) {
    if (frame.private_seq() <= stay.events.size()) continue;
    NotePrivate(stay, user.alias, frame);
  }
}

void CoreInvariants::CheckMailbox(const User& user) {
  if (user.device == 0) {
    return Expect(user.mailbox == nullptr, user.alias + " has a mailbox");
  }
  if (!user.joined) return;
  const Stay& stay =
      stays_[options_.run + static_cast<uint64_t>(user.connection.value())];
  if (user.mailbox == nullptr) {
    return Expect(stay.events.empty(), user.alias + " lost its mailbox");
  }
  NoteMailbox(user);
  const size_t waiting = user.mailbox->events().size();
  Expect(waiting + stay.received == stay.events.size(),
         user.alias + " has another mailbox than was acknowledged");
}

// Whoever sends a text again, with its id, is not heard again.
void CoreInvariants::CheckOnce(const std::string& to,
                               const pb::ServerFrame& frame) {
  const pb::PrivateSaid& said = frame.private_said();
  if (said.message_id() == 0) return;
  const auto from = std::find_if(
      core_->presence().all().begin(), core_->presence().all().end(),
      [&](const auto& entry) { return entry.second->alias == said.alias(); });
  if (from == core_->presence().all().end()) return;
  Expect(texts_.insert({from->first.value, said.message_id()}).second,
         "a text twice for " + to + ": " + Describe(frame));
}

void CoreInvariants::CheckPeers(const User& user) {
  const auto peers = core_->links().Peers(user.id);
  Expect(peers.size() <= wire::kPrivatePerUser, "too many private chats");
  for (const PrivateLinks::Peer& peer : peers) {
    const auto other = core_->presence().Get(peer.user);
    Expect(other != nullptr && other->joined && user.joined,
           user.alias + " has a state with somebody who is not there");
    Expect(peer.user != user.id, user.alias + " has a state with itself");
    const bool hidden =
        peer.link.hidden && peer.link.state == PrivateState::kAsking;
    Expect(peer.link.state != PrivateState::kNone &&
               core_->links().Between(peer.user, user.id) ==
                   (hidden ? PrivateState::kNone : Mirrored(peer.link.state)),
           user.alias + " has a lopsided state");
  }
}

CoreInvariants::Links CoreInvariants::LinksNow() const {
  Links links;
  for (const auto& [id, user] : core_->presence().all()) {
    for (const PrivateLinks::Peer& peer : core_->links().Peers(id)) {
      const auto other = core_->presence().Get(peer.user);
      if (peer.link.state != PrivateState::kLinked || other == nullptr)
        continue;
      links.insert({user->alias, other->alias});
    }
  }
  return links;
}

}  // namespace chat77::server
