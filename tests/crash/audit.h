// What a plain client of the protocol finds, without the client library.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/crash/ledger.h"

namespace chat77::crash {

// The whole history of the lobby as alias and text, from seq 1; a number that
// is missing or comes twice is a fault.
std::vector<std::pair<std::string, std::string>> ReadHistory(uint16_t port,
                                                             Ledger& ledger);

// Makes one account after the other, whatever happens to the server.
class Registrar {
 public:
  explicit Registrar(uint16_t port);
  ~Registrar();
  Registrar(const Registrar&) = delete;
  Registrar& operator=(const Registrar&) = delete;

  // Those that were acknowledged; ends it.
  const std::vector<std::string>& Finish();

 private:
  void Run();

  const uint16_t port_;
  std::atomic<bool> finished_ = false;
  std::vector<std::string> registered_;
  std::thread thread_;
};

// Logs in as each of them; one who cannot is a fault.
void CheckAccounts(uint16_t port, const std::vector<std::string>& aliases,
                   Ledger& ledger);

}  // namespace chat77::crash
