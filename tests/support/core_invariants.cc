#include "tests/support/core_invariants.h"

#include <utility>

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
  links_before_ = LinksNow();
  if (const auto* opened = std::get_if<SessionOpened>(&event)) {
    if (!stopped_) clients_[opened->session.value] = {};
  } else if (const auto* closed = std::get_if<SessionClosed>(&event)) {
    clients_.erase(closed->session.value);
  } else if (const auto* asked = std::get_if<SessionRequested>(&event)) {
    const auto client = clients_.find(asked->session.value);
    if (client == clients_.end()) return;
    Ask(client->second, *asked->frame);
  } else if (const auto* outcome = std::get_if<Committed>(&event)) {
    const bool login = logins_.erase(outcome->token.value) > 0;
    auto append = appends_.extract(outcome->token.value);
    if (!outcome->value.ok()) return;
    if (login) open_.insert(*outcome->value);
    if (append.empty()) return;
    committed_[static_cast<uint64_t>(*outcome->value)] = append.mapped();
  }
}

// Behind a logout nothing is heard, hence nothing awaits a reply.
void CoreInvariants::Ask(Client& client, const pb::ClientFrame& frame) {
  if (client.logout != 0) return;
  client.waiting.insert(frame.request_id());
  if (frame.has_say()) client.saying.insert(frame.request_id());
  if (frame.has_logout()) client.logout = frame.request_id();
}

void CoreInvariants::After(const Event&, const Effects& effects) {
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
  size_t online = 0;
  for (const auto& [id, user] : core_->presence().all()) {
    ++online;
    Expect(open_.contains(user->connection),
           user->alias + " is online and not in the log");
  }
  Expect(open_.size() == online, "a login in the log has no logout");
}

void CoreInvariants::Check(const Send& send) {
  const auto client = clients_.find(send.to.value);
  if (client == clients_.end()) {
    return Expect(false, "to a session that ended: " + Describe(Effect(send)));
  }
  inboxes_[send.to.value].push_back(Describe(send.frame));
  if (send.frame.reply_to() != 0) return CheckReply(client->second, send.frame);
  if (send.frame.has_private_said()) {
    Expect(links_before_.contains(
               {send.frame.private_said().alias(), client->second.alias}),
           "private without a link: " + Describe(Effect(send)));
  }
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
  } else if (frame.has_login()) {
    client.alias = frame.login().alias();
    client.heard_seq = frame.login().rooms(0).seq();
    Expect(client.heard_seq == told_seq_, "wrong position: " + Describe(frame));
  } else if (frame.has_say()) {
    Expect(!replied_seq_, "two SayReply in a row");
    replied_seq_ = frame.say().seq();
    client.heard_seq = frame.say().seq();
  }
}

void CoreInvariants::CheckLogout(Client& client, const pb::ServerFrame& frame) {
  if (frame.has_logout()) {
    Expect(frame.reply_to() == client.logout, "logs out who did not ask");
    Expect(client.saying.empty(), "a LogoutReply before a SayReply");
    client.logged_out = true;
  } else if (frame.reply_to() == client.logout) {
    client.logout = 0;  // refused
  }
}

void CoreInvariants::Check(const JoinRoom& join) {
  const auto client = clients_.find(join.session.value);
  if (client == clients_.end()) return Expect(false, "a ghost joins");
  Expect(!client->second.alias.empty(), "joins before the LoginReply");
  Expect(!client->second.joined, "joins twice");
  client->second.joined = true;
}

void CoreInvariants::Check(const TellRoom& tell) {
  Expect(tell.frame.reply_to() == 0, "an event with reply_to");
  Expect(tell.frame.has_said() == (tell.seq != 0), "seq of a notice");
  if (tell.frame.has_said()) CheckSaid(tell);
  for (const auto& [session, client] : clients_) {
    if (client.joined && session != tell.except.value) {
      Hear(session, tell.frame);
    }
  }
}

void CoreInvariants::CheckSaid(const TellRoom& tell) {
  const pb::Said& said = tell.frame.said();
  Expect(said.seq() == told_seq_ + 1 && tell.seq == said.seq(),
         "not dense: " + Describe(tell.frame));
  told_seq_ = said.seq();
  Expect(!replied_seq_ || *replied_seq_ == said.seq(),
         "the sender was told another number");
  replied_seq_.reset();
  if (!history_) return;
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
  Expect(client.saying.empty() || close.code == pb::TAKEN_OVER,
         "goodbye before a SayReply: " + Describe(Effect(close)));
  Expect(client.logout == 0 || client.logged_out,
         "goodbye before a LogoutReply: " + Describe(Effect(close)));
  Expect(client.logged_out == (close.code == pb::LOGGED_OUT),
         "another goodbye than was asked for: " + Describe(Effect(close)));
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
  Expect(open_.erase(work.connection) == 1,
         absl::StrCat("logout of ", work.connection, ", which is not open"));
}

void CoreInvariants::Check(const Append& work) {
  CheckToken(work.token);
  Expect(history_, "stored although history is off");
  appends_[work.token.value] = {work.alias, work.text};
}

void CoreInvariants::CheckPresence() {
  std::set<std::string> keys;
  for (const auto& [id, user] : core_->presence().all()) {
    Expect(keys.insert(user->key).second, user->alias + " is online twice");
    const auto client = clients_.find(user->session.value);
    if (client == clients_.end()) {
      Expect(false, user->alias + " is online without a session");
      continue;
    }
    Expect(client->second.logout == 0,
           user->alias + " is online behind its logout");
    Expect(client->second.joined == user->joined,
           user->alias + " joined, or not");
    CheckPeers(*user);
  }
}

void CoreInvariants::CheckPeers(const User& user) {
  const auto peers = core_->links().Peers(user.id);
  Expect(peers.size() <= wire::kPrivatePerUser, "too many private chats");
  for (const PrivateLinks::Peer& peer : peers) {
    const auto other = core_->presence().Get(peer.user);
    Expect(other != nullptr && other->joined && user.joined,
           user.alias + " has a state with somebody who is not there");
    Expect(peer.user != user.id, user.alias + " has a state with itself");
    Expect(
        peer.state != PrivateState::kNone &&
            core_->links().Between(peer.user, user.id) == Mirrored(peer.state),
        user.alias + " has a lopsided state");
  }
}

CoreInvariants::Links CoreInvariants::LinksNow() const {
  Links links;
  for (const auto& [id, user] : core_->presence().all()) {
    for (const PrivateLinks::Peer& peer : core_->links().Peers(id)) {
      const auto other = core_->presence().Get(peer.user);
      if (peer.state != PrivateState::kLinked || other == nullptr) continue;
      links.insert({user->alias, other->alias});
    }
  }
  return links;
}

}  // namespace chat77::server
