#include "tests/crash/audit.h"

#include "absl/strings/str_cat.h"

#include "tests/support/native_client.h"

namespace chat77::crash {

using test::NativeClient;
namespace pb = wire::pb;

std::vector<std::pair<std::string, std::string>> ReadHistory(uint16_t port,
                                                             Ledger& ledger) {
  std::vector<std::pair<std::string, std::string>> messages;
  NativeClient auditor(port, pb::PRESENCE_NONE);
  auditor.Register("auditor");
  if (!auditor.Login("auditor").has_login()) {
    ledger.Fault("the auditor cannot log in");
    return messages;
  }
  for (bool more = true; more;) {
    const pb::FetchHistoryReply page = auditor.History(0, messages.size());
    more = page.more();
    for (const pb::Said& said : page.messages()) {
      if (said.seq() != messages.size() + 1) {
        ledger.Fault(absl::StrCat("history has ", said.seq(), " after ",
                                  messages.size()));
      }
      messages.emplace_back(said.alias(), said.text());
    }
  }
  pb::ClientFrame logout;
  logout.mutable_logout();
  auditor.Ask(std::move(logout));
  return messages;
}

Registrar::Registrar(uint16_t port) : port_(port), thread_([this] { Run(); }) {}

Registrar::~Registrar() { Finish(); }

const std::vector<std::string>& Registrar::Finish() {
  finished_ = true;
  if (thread_.joinable()) thread_.join();
  return registered_;
}

void Registrar::Run() {
  constexpr auto kPause = std::chrono::milliseconds(50);
  for (int i = 1; !finished_; ++i) {
    const std::string alias = absl::StrCat("auditor", i);
    NativeClient client(port_, pb::PRESENCE_NONE);
    if (client.Register(alias).has_register_()) registered_.push_back(alias);
    std::this_thread::sleep_for(kPause);
  }
}

void CheckAccounts(uint16_t port, const std::vector<std::string>& aliases,
                   Ledger& ledger) {
  for (const std::string& alias : aliases) {
    NativeClient client(port, pb::PRESENCE_NONE);
    if (!client.Login(alias).has_login()) {
      ledger.Fault(absl::StrCat(alias, " was registered and cannot log in"));
    }
  }
}

}  // namespace chat77::crash
