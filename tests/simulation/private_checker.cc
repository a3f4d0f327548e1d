#include "tests/simulation/private_checker.h"

#include <algorithm>
#include <variant>

#include "absl/strings/numbers.h"

#include "tests/simulation/sim_client.h"

namespace chat77::simulation {
namespace {

using store::PairState;

std::string AliasOf(const std::string& device) {
  return device.substr(0, device.find('/'));
}

// From the disk to whoever waits for it.
constexpr absl::Duration kOutcome = absl::Seconds(1);

// "tell ann/1 #17 xxx": who of ann's devices said it, and which of its texts.
std::string SenderOf(const std::string& text) {
  const size_t begin = text.find(' ') + 1;
  return text.substr(begin, text.find(' ', begin) - begin);
}

uint64_t NumberOf(const std::string& text) {
  const size_t begin = text.find('#') + 1;
  uint64_t number = 0;
  (void)absl::SimpleAtoi(text.substr(begin, text.find(' ', begin) - begin),
                         &number);
  return number;
}

}  // namespace

// ---- consent --------------------------------------------------------------

void PrivateChecker::OnDurable(const store::Write& write,
                               const store::WriteResult& result) {
  if (!result.ok()) return;
  if (const auto* login = std::get_if<store::RecordLogin>(&write)) {
    login_of_[login->alias] = result->connection;
    open_[result->connection] = login->alias;
  } else if (const auto* logout = std::get_if<store::RecordLogout>(&write)) {
    std::erase_if(pairs_, [&](const auto& pair) {
      const bool ends =
          pair.first.first == logout->id || pair.first.second == logout->id;
      if (ends) NoteEnd(pair.first, pair.second);
      return ends;
    });
    open_.erase(logout->id);
  } else if (const auto* set = std::get_if<store::SetPrivate>(&write)) {
    if (!result->repeated) On(*set);
  } else if (const auto* account = std::get_if<store::CreateAccount>(&write)) {
    // Numbered in order, from 1.
    accounts_.push_back(account->account.alias);
  } else if (const auto* block = std::get_if<store::SetBlocked>(&write)) {
    if (block->on)
      blocked_.insert({NameOf(block->account), NameOf(block->blocked)});
  }
}

const std::string& PrivateChecker::NameOf(AccountId account) const {
  return accounts_.at(static_cast<size_t>(account.value()) - 1);
}

bool PrivateChecker::EverBlocked(const store::SetPrivate& set) const {
  const auto first = open_.find(set.first), second = open_.find(set.second);
  if (first == open_.end() || second == open_.end()) return true;
  return blocked_.contains({first->second, second->second}) ||
         blocked_.contains({second->second, first->second});
}

// Who acts is named first.
void PrivateChecker::On(const store::SetPrivate& set) {
  if (set.first == set.second) {
    return context_.Fail("4", "login ", set.first, " chats with itself.");
  }
  Pair& pair = pairs_[std::minmax(set.first, set.second)];
  const bool was_asked =
      pair.state == PairState::kAsked && pair.asked_by == set.second;
  switch (set.state) {
    case PairState::kAsked:
      // What a block ends is over for the two even if the disk refused it.
      if (pair.state != PairState::kNone && !EverBlocked(set)) {
        context_.Fail("4", "login ", set.first, " asks ", set.second,
                      " although something is open between them.");
      }
      break;
    case PairState::kLinked:
      context_.Count("links");
      if (!was_asked) {
        context_.Fail("4", "logins ", set.first, " and ", set.second,
                      " are linked without the consent of the second.");
      }
      break;
    case PairState::kNone:
      // Answered, ended, or taken back.
      if (pair.state == PairState::kNone) {
        context_.Fail("4", "login ", set.first, " ends what it has not with ",
                      set.second, ".");
      }
      break;
  }
  NoteEnd(std::minmax(set.first, set.second), pair);
  pair = {set.state, set.first, context_.now()};
}

void PrivateChecker::NoteEnd(
    const std::pair<ConnectionId, ConnectionId>& logins, const Pair& pair) {
  const auto first = open_.find(logins.first);
  const auto second = open_.find(logins.second);
  if (pair.state != PairState::kLinked) return;
  if (first == open_.end() || second == open_.end()) return;
  ended_[std::minmax(first->second, second->second)] = context_.now();
}

// A stay that goes on keeps its chats, after a restart as well.
void PrivateChecker::ExpectKept(const std::string& alias,
                                const pb::LoginReply& login) {
  const auto& names = login.private_state().linked();
  const std::set<std::string> linked(names.begin(), names.end());
  for (const auto& [other, id] : login_of_) {
    if (other == alias || linked.contains(other) || !Linked(alias, other) ||
        !stays_.IsSettled(other)) {
      continue;
    }
    const Pair& pair = pairs_[std::minmax(login_of_[alias], id)];
    if (context_.now() - pair.since < kOutcome) continue;
    if (blocked_.contains({alias, other}) ||
        blocked_.contains({other, alias})) {
      continue;
    }
    context_.Fail("4", alias, " came back, and its chat with ", other,
                  " is gone.");
  }
}

bool PrivateChecker::Linked(const std::string& one,
                            const std::string& other) const {
  const auto first = login_of_.find(one), second = login_of_.find(other);
  if (first == login_of_.end() || second == login_of_.end()) return false;
  const auto pair = pairs_.find(std::minmax(first->second, second->second));
  return pair != pairs_.end() && pair->second.state == PairState::kLinked;
}

// ---- texts at the server --------------------------------------------------

// Where a logout was lost the one who goes on is not the last who came.
void PrivateChecker::OnServerStarted(const SimServer&) {
  for (const auto& [id, alias] : open_) login_of_[alias] = id;
}

void PrivateChecker::OnServerGone(bool) {
  device_of_.clear();
  resumes_.clear();
  asked_.clear();
  owed_.clear();
}

void PrivateChecker::OnServerHello(server::SessionId from,
                                   const std::string& device) {
  device_of_[from.value] = device;
}

void PrivateChecker::OnServerRequest(server::SessionId from,
                                     const pb::ClientFrame& frame) {
  if (!frame.has_send_private()) return;
  const pb::SendPrivate& sent = frame.send_private();
  asked_[{from.value, frame.request_id()}] = {sent, context_.now()};
  // It may be taken when whoever sent it is gone, and hears of it no more.
  sent_.emplace(sent.text(),
                Text{AliasOf(device_of_[from.value]), sent.alias()});
}

void PrivateChecker::OnServerClosed(server::SessionId session) {
  const auto device = device_of_.find(session.value);
  if (device == device_of_.end() || resumes_.contains(session.value)) return;
  owed_.erase(AliasOf(device->second));
}

void PrivateChecker::OnServerSends(server::SessionId to,
                                   const pb::ServerFrame& frame) {
  const std::string alias = AliasOf(device_of_[to.value]);
  if (frame.has_login() || frame.has_resume()) {
    const auto& login = frame.has_login() ? frame.login() : frame.resume();
    if (login.resumed()) ExpectKept(alias, login);
    if (!login.resumed()) owed_.erase(alias);
    if (login.device() != 0) resumes_.insert(to.value);
  }
  if (frame.reply_to() == 0) return;
  const auto asked = asked_.extract({to.value, frame.reply_to()});
  if (asked.empty()) return;
  if (frame.has_send_private()) return Take(alias, asked.mapped());
  refused_.insert(asked.mapped().sent.text());
}

// It was judged when it was asked for, and is taken when what it was judged by
// is on disk: the two may have parted in between.
void PrivateChecker::Take(const std::string& from, const Asked& asked) {
  const pb::SendPrivate& sent = asked.sent;
  context_.Count("private_texts");
  if (!taken_.insert(sent.text()).second) return;
  owed_[sent.alias()].insert(sent.text());
  if (Linked(from, sent.alias())) return;
  const auto ended = ended_.find(std::minmax(from, sent.alias()));
  if (ended != ended_.end() && ended->second >= asked.at) return;
  context_.Fail("4", "a private text of ", from, " for ", sent.alias(),
                " was taken, but they are not linked.");
}

void PrivateChecker::OnServerTells(const pb::ServerFrame& frame) {
  if (frame.has_left()) owed_.erase(frame.left().alias());
}

// ---- texts on the screen --------------------------------------------------

void PrivateChecker::OnEvent(const SimClient& client,
                             const client::Event& event) {
  if (const auto* said = std::get_if<pb::PrivateSaid>(&event)) {
    Show(client, *said);
  }
}

void PrivateChecker::Show(const SimClient& client,
                          const pb::PrivateSaid& said) {
  const std::string& device = client.device().name;
  const std::string text = said.text().substr(0, 24);
  const auto sent = sent_.find(said.text());
  if (sent == sent_.end() || sent->second.from != said.alias() ||
      sent->second.to != client.alias()) {
    return context_.Fail("4", device, " is shown \"", text,
                         "\", which nobody sent it.");
  }
  if (!shown_[device].insert(said.text()).second) {
    return context_.Fail("3", device, " is shown \"", text, "\" twice.");
  }
  uint64_t& last = last_[{device, SenderOf(said.text())}];
  // If its refusal was lost with the connection, a later server may take it.
  if (NumberOf(said.text()) < last && !refused_.contains(said.text())) {
    return context_.Fail("4", device, " is shown \"", text,
                         "\" after a later one, number ", last, ".");
  }
  last = std::max(last, NumberOf(said.text()));
}

bool PrivateChecker::HasAll(const std::string& alias) const {
  const auto owed = owed_.find(alias);
  if (owed == owed_.end()) return true;
  return std::all_of(
      owed->second.begin(), owed->second.end(), [&](const std::string& text) {
        return std::any_of(shown_.begin(), shown_.end(), [&](const auto& one) {
          return AliasOf(one.first) == alias && one.second.contains(text);
        });
      });
}

}  // namespace chat77::simulation
