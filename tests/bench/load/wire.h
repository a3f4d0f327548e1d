// chat77's bytes by hand (tests/bench/chat77_wire.h), with this program's names
// for the accounts: a prefix and six digits. One run per process, as there.
#pragma once

#include <cstdint>
#include <string>

std::string user_name(uint32_t id);

#include "tests/bench/chat77_wire.h"

namespace chat77::bench {

// Before the first name is asked for.
void SetPrefix(std::string prefix);

// '@', the time in 16 hexadecimal digits, and 'x' up to `size` bytes: what
// chat77_wire recognises as a message of ours.
std::string Payload(size_t size);
void Stamp(std::string& payload, uint64_t time);
uint64_t StampOf(const char* payload);

// ServerFrame{said} and ServerFrame{private_said}, as chat77 would send them:
// for --raw.
void PutSaid(std::string& out, std::string_view payload);
void PutPrivateSaid(std::string& out, std::string_view payload);

}  // namespace chat77::bench
