// What was promised and what was seen, by all clients together; every
// contradiction is a fault, told at once.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace chat77::crash {

// Texts are all different: the sender's name, '#', and a number that ascends.
class Ledger {
 public:
  static std::string Text(const std::string& sender, uint64_t number);
  // Sender and number of a text; number 0: not one of ours.
  static std::pair<std::string, uint64_t> Parse(const std::string& text);

  void Fault(const std::string& what);
  uint64_t faults() const { return faults_; }

  // ---- the room
  void Acknowledged(const std::string& text, uint64_t seq);
  void Refused(const std::string& text) { refused_.insert(text); }
  // Somebody heard it at that place, alive or from history.
  void Heard(const std::string& who, uint64_t seq, const std::string& alias,
             const std::string& text);
  // The whole history of the room, from 1: nothing acknowledged is missing,
  // nothing is twice, nothing that was refused is there. `settled`: every
  // request was answered, so that nothing else may be there either.
  void CheckHistory(
      const std::vector<std::pair<std::string, std::string>>& alias_and_text,
      bool settled);
  uint64_t acknowledged() const { return acknowledged_.size(); }
  uint64_t refused() const { return refused_.size(); }
  uint64_t last_seq() const { return last_seq_; }

  // ---- private texts, from one to one
  void PrivateAsked(const std::string& from, const std::string& text);
  void PrivateAcknowledged(const std::string& from, const std::string& text);
  void PrivateHeard(const std::string& to, const std::string& from,
                    const std::string& text);
  // All that was acknowledged has arrived.
  void CheckPrivate();
  uint64_t private_acknowledged() const { return private_acknowledged_; }

 private:
  struct Direction {
    uint64_t last_heard = 0;
    // Asked for and not heard; true: acknowledged.
    std::map<uint64_t, bool> open;
  };

  uint64_t faults_ = 0;
  std::map<std::string, uint64_t> acknowledged_;  // text to seq
  std::set<std::string> refused_;
  std::map<uint64_t, std::string> heard_;  // by seq: alias and text
  uint64_t last_seq_ = 0;
  std::map<std::string, Direction> private_;  // by sender
  uint64_t private_acknowledged_ = 0;
};

}  // namespace chat77::crash
