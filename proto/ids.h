// Numbers that the store gives, each kind a type of its own, so that an account
// cannot be passed where a device is meant. 0, the default, means none.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"

namespace chat77 {

template <class Tag>
class StoredId {
 public:
  constexpr StoredId() = default;
  // A constant converts by itself: AccountId id = 7.
  consteval StoredId(int64_t value) : value_(value) {}  // NOLINT: implicit
  // For a number that is read from a column or a frame: the caller knows its
  // kind.
  static constexpr StoredId Of(int64_t value) {
    StoredId id;
    id.value_ = value;
    return id;
  }

  constexpr int64_t value() const { return value_; }
  // For a column that is NULL where there is none.
  constexpr std::optional<int64_t> or_null() const {
    return value_ == 0 ? std::nullopt : std::optional(value_);
  }
  constexpr explicit operator bool() const { return value_ != 0; }
  friend constexpr auto operator<=>(const StoredId&, const StoredId&) = default;

  template <class H>
  friend H AbslHashValue(H h, const StoredId& id) {
    return H::combine(std::move(h), id.value_);
  }
  friend std::ostream& operator<<(std::ostream& out, const StoredId& id) {
    return out << id.value_;
  }
  // For absl::StrCat.
  operator absl::AlphaNum() const { return absl::AlphaNum(value_); }  // NOLINT

 private:
  int64_t value_ = 0;
};

// A registered person or program.
using AccountId = StoredId<struct AccountTag>;
// What an account may resume with.
using DeviceId = StoredId<struct DeviceTag>;
// One login of an account, until its logout: a row of the connection log.
using ConnectionId = StoredId<struct ConnectionTag>;

// A conversation with members. Never changes, never used again.
using RoomId = StoredId<struct RoomTag>;
// Every account is in it.
inline constexpr RoomId kLobby = 1;
constexpr uint64_t ToWire(RoomId room) {
  return static_cast<uint64_t>(room.value());
}

}  // namespace chat77
