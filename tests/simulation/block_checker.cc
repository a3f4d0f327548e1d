#include "tests/simulation/block_checker.h"

#include <utility>

#include "tests/simulation/sim_server.h"

namespace chat77::simulation {

void BlockChecker::OnDurable(const store::Write& write,
                             const store::WriteResult& result) {
  if (!result.ok()) return;
  if (const auto* account = std::get_if<store::CreateAccount>(&write)) {
    accounts_.push_back(account->account.alias);
  }
  const auto* set = std::get_if<store::SetBlocked>(&write);
  if (set == nullptr) return;
  const auto name = [this](AccountId account) {
    return accounts_.at(static_cast<size_t>(account.value()) - 1);
  };
  const Pair pair{name(set->account), name(set->blocked)};
  if (set->on) {
    on_disk_.insert(pair);
  } else {
    on_disk_.erase(pair);
    sure_.erase(pair);
  }
}

void BlockChecker::OnServerStarted(const SimServer&) {
  sure_ = on_disk_;
  alias_of_.clear();
  asked_.clear();
}

void BlockChecker::OnServerHello(server::SessionId from,
                                 const std::string& device) {
  alias_of_[from.value] = device.substr(0, device.find('/'));
}

void BlockChecker::OnServerRequest(server::SessionId from,
                                   const pb::ClientFrame& frame) {
  const std::string& alias = alias_of_[from.value];
  if (frame.has_block()) ever_.insert({alias, frame.block().alias()});
  if (frame.has_unblock()) sure_.erase({alias, frame.unblock().alias()});
  if (frame.has_request_private()) {
    asked_[{from.value, frame.request_id()}] = frame;
  }
}

void BlockChecker::ExpectNotOf(const std::string& alias,
                               const std::string& other, const char* what) {
  if (!sure_.contains({alias, other})) return;
  context_.Fail("6", alias, " has blocked ", other, ", and is told of its ",
                what, ".");
}

void BlockChecker::ExpectNone(const std::string& alias,
                              const pb::ListPrivateReply& list) {
  for (const auto* names : {&list.linked(), &list.asking(), &list.asked()}) {
    for (const std::string& other : *names) {
      ExpectNotOf(alias, other, "place in the list");
    }
  }
  linked_[alias] = {list.linked().begin(), list.linked().end()};
}

void BlockChecker::OnServerSends(server::SessionId to,
                                 const pb::ServerFrame& frame) {
  const std::string& alias = alias_of_[to.value];
  if (frame.has_login()) ExpectNone(alias, frame.login().private_state());
  if (frame.has_resume()) ExpectNone(alias, frame.resume().private_state());
  if (frame.has_list_private()) ExpectNone(alias, frame.list_private());
  if (frame.has_block() && on_disk_.contains({alias, frame.block().alias()})) {
    sure_.insert({alias, frame.block().alias()});
    context_.Count("blocks_answered");
  }
  const auto asked = asked_.extract({to.value, frame.reply_to()});
  if (!asked.empty()) {
    const std::string& other = asked.mapped().request_private().alias();
    const bool mine = ever_.contains({alias, other});
    if (sure_.contains({other, alias}) && frame.has_request_private()) {
      context_.Count("asked_in_vain");
    }
    if (frame.error().code() == pb::IS_BLOCKED && !mine) {
      context_.Fail("6", alias, " is told of a block that is not its own.");
    }
  }
  if (frame.has_private_requested()) {
    ExpectNotOf(alias, frame.private_requested().alias(), "request");
  } else if (frame.has_private_said()) {
    ExpectNotOf(alias, frame.private_said().alias(), "words");
  } else if (frame.has_private_connected()) {
    ExpectNotOf(alias, frame.private_connected().alias(), "consent");
  } else if (frame.has_private_rejected()) {
    ExpectNotOf(alias, frame.private_rejected().alias(), "refusal");
  } else if (frame.has_request_withdrawn() &&
             !frame.request_withdrawn().was_asking()) {
    ExpectNotOf(alias, frame.request_withdrawn().alias(), "withdrawal");
  }
}

void BlockChecker::AtRest() {
  for (const auto& [who, whom] : on_disk_) {
    if (!linked_[who].contains(whom) && !linked_[whom].contains(who)) continue;
    context_.Fail("6", who, " has blocked ", whom,
                  ", and they are linked when all is quiet.");
  }
}

}  // namespace chat77::simulation
