#include "tests/simulation/private_checker.h"

#include <algorithm>
#include <variant>

#include "tests/simulation/sim_client.h"

namespace chat77::simulation {

using store::LinkState;

// ---- what is on disk --------------------------------------------------------

void PrivateChecker::OnDurable(const store::Write& write,
                               const store::WriteResult& result) {
  if (!result.ok() || result->repeated) return;
  if (const auto* set = std::get_if<store::SetLink>(&write)) {
    On(*set);
  } else if (const auto* append = std::get_if<store::AppendMessage>(&write)) {
    if (append->message.room != kLobby) On(append->message, false);
  } else if (const auto* login = std::get_if<store::RecordLogin>(&write)) {
    if (!result->device) text_[result->connection] = login->account;
  } else if (const auto* logout = std::get_if<store::RecordLogout>(&write)) {
    text_.erase(logout->id);
  } else if (const auto* account = std::get_if<store::CreateAccount>(&write)) {
    // Numbered in order, from 1.
    accounts_.push_back(account->account.alias);
  }
}

const std::string& PrivateChecker::NameOf(AccountId account) const {
  return accounts_.at(static_cast<size_t>(account.value()) - 1);
}

void PrivateChecker::On(const store::SetLink& set) {
  const store::Link& next = set.link;
  if (next.first == next.second) {
    return context_.Fail("4", "account ", next.first, " chats with itself.");
  }
  const std::string& first = NameOf(next.first);
  const std::string& second = NameOf(next.second);
  store::Link& link = links_[std::minmax(next.first, next.second)];
  switch (next.state) {
    case LinkState::kAsked: {
      // The same again, but for whether the other sees it.
      const bool hides = link.state == LinkState::kAsked &&
                         link.first == next.first && next.hidden;
      if (link.state != LinkState::kNone && !hides) {
        context_.Fail("4", first, " asks ", second,
                      " although something is open between them.");
      }
      break;
    }
    case LinkState::kLinked:
      context_.Count("links");
      if (link.state != LinkState::kAsked || !set.entry ||
          set.entry->account == link.first) {
        context_.Fail("4", first, " and ", second,
                      " are linked without the consent of one of them.");
      }
      break;
    case LinkState::kNone:
      // Answered, ended, or taken back.
      if (link.state == LinkState::kNone) {
        context_.Fail("4", first, " ends what it has not with ", second, ".");
      }
      break;
  }
  const bool ends_or_begins =
      (link.state == LinkState::kLinked) != (next.state == LinkState::kLinked);
  if (ends_or_begins != set.entry.has_value()) {
    context_.Fail("4", "the room of ", first, " and ", second,
                  " does not say that they are linked, or not.");
  }
  link = next;
  if (set.entry) {
    rooms_.try_emplace(set.entry->room,
                       Room{std::minmax(next.first, next.second)});
    On(*set.entry, true);
  }
}

void PrivateChecker::On(const store::Message& entry, bool by_link) {
  const auto found = rooms_.find(entry.room);
  if (found == rooms_.end()) {
    return context_.Fail("4", "room ", entry.room, " was never made.");
  }
  Room& room = found->second;
  if (entry.seq != ++room.seq) {
    return context_.Fail("2", "entry ", entry.seq, " of room ", entry.room,
                         " is where ", room.seq, " should be.");
  }
  if (by_link) return;
  const auto& [one, other] = room.members;
  const store::Link& link = links_[room.members];
  if (link.state != LinkState::kLinked ||
      (entry.account != one && entry.account != other)) {
    return context_.Fail("4", NameOf(entry.account), " writes in room ",
                         entry.room, " without a link.");
  }
  const std::string to = NameOf(entry.account == one ? other : one);
  const Text text{NameOf(entry.account), to, entry.room, entry.seq};
  if (!texts_.emplace(entry.text, text).second) {
    context_.Fail("3", "a private text of ", text.from, " is stored twice.");
  }
  // Who cannot resume may lose what was on its way.
  if (!link.bound) owed_[to].insert(entry.text);
}

// What a client has part in that cannot resume is over.
void PrivateChecker::OnServerStarted(const SimServer&) {
  for (auto& [pair, link] : links_) {
    if (link.bound) link.state = LinkState::kNone;
  }
  text_.clear();
  alias_of_.clear();
  asked_.clear();
}

// ---- what is acknowledged ---------------------------------------------------

void PrivateChecker::OnServerHello(server::SessionId from,
                                   const std::string& device) {
  alias_of_[from.value] = device.substr(0, device.find('/'));
}

void PrivateChecker::OnServerRequest(server::SessionId from,
                                     const pb::ClientFrame& frame) {
  if (!frame.has_send_private()) return;
  asked_[{from.value, frame.request_id()}] = frame.send_private().text();
}

void PrivateChecker::OnServerSends(server::SessionId to,
                                   const pb::ServerFrame& frame) {
  if (frame.reply_to() == 0) return;
  const auto asked = asked_.extract({to.value, frame.reply_to()});
  if (asked.empty() || !frame.has_send_private()) return;
  context_.Count("private_texts");
  const auto text = texts_.find(asked.mapped());
  if (text == texts_.end()) {
    return context_.Fail("1", "a private text of ", alias_of_[to.value],
                         " was acknowledged and is not on disk.");
  }
  const pb::SendPrivateReply& reply = frame.send_private();
  if (text->second.seq == reply.seq() &&
      ToWire(text->second.room) == reply.room()) {
    return;
  }
  context_.Fail("1", "a private text of ", alias_of_[to.value],
                " was acknowledged at another place than it has.");
}

// ---- what is shown ----------------------------------------------------------

void PrivateChecker::OnClientStarted(const SimClient& client) {
  last_[client.device().name].clear();
}

void PrivateChecker::OnEvent(const SimClient& client,
                             const client::Event& event) {
  if (const auto* text = std::get_if<client::PrivateText>(&event)) {
    Show(client, *text);
  }
}

void PrivateChecker::Show(const SimClient& client,
                          const client::PrivateText& shown) {
  const std::string& device = client.device().name;
  const std::string begin = shown.said.text().substr(0, 24);
  const auto text = texts_.find(shown.said.text());
  const std::string& from = shown.own ? client.alias() : shown.alias;
  const std::string& to = shown.own ? shown.alias : client.alias();
  if (text == texts_.end() || text->second.from != from ||
      text->second.to != to) {
    return context_.Fail("4", device, " is shown \"", begin,
                         "\", which nobody sent it.");
  }
  uint64_t& last = last_[device][text->second.room];
  if (text->second.seq <= last) {
    return context_.Fail("4", device, " is shown \"", begin,
                         "\", which is number ", text->second.seq, ", after ",
                         last, ".");
  }
  last = text->second.seq;
  shown_[client.alias()].insert(shown.said.text());
}

// What is bound to a client that cannot resume ends with it.
void PrivateChecker::AtRest() {
  const auto is_here = [this](AccountId account) {
    return std::any_of(text_.begin(), text_.end(),
                       [&](const auto& one) { return one.second == account; });
  };
  for (const auto& [pair, link] : links_) {
    if (!link.bound || link.state == LinkState::kNone) continue;
    if (is_here(pair.first) || is_here(pair.second)) continue;
    context_.Fail("4", "what ", NameOf(pair.first), " and ",
                  NameOf(pair.second),
                  " have outlives the client that it is bound to.");
  }
}

bool PrivateChecker::HasAll(const std::string& alias) const {
  const auto owed = owed_.find(alias);
  if (owed == owed_.end()) return true;
  const auto shown = shown_.find(alias);
  return shown != shown_.end() &&
         std::includes(shown->second.begin(), shown->second.end(),
                       owed->second.begin(), owed->second.end());
}

}  // namespace chat77::simulation
