#include "compat/legacy/gatherer.h"

#include <algorithm>
#include <utility>

#include "compat/legacy/merge.h"
#include "compat/legacy/text.h"

namespace chat77::compat::legacy {

void Gatherer::Take(size_t bytes) {
  taken_ += bytes;
  settled_ -= std::min(settled_, bytes);
  if (taken_ < buffer_.size()) return;
  // An idle connection holds nothing.
  std::string().swap(buffer_);
  taken_ = 0;
}

void Gatherer::Receive(std::string_view bytes, absl::Time now) {
  if (bytes.empty() || ended_) return;
  heard_ = now;
  if (dialect_ == Dialect::kUnknown &&
      bytes.find('\n') != std::string_view::npos) {
    dialect_ = Dialect::kLines;
  }
  if (skipping_) {
    Skip(bytes);
    return;
  }
  buffer_.erase(0, std::exchange(taken_, 0));
  buffer_ += bytes;
  if (dialect_ != Dialect::kLines) LimitUnframed();
}

// The tail of a message that is too long: up to its newline, or, where there
// are no lines, up to the quiet time.
void Gatherer::Skip(std::string_view bytes) {
  if (dialect_ != Dialect::kLines) return;
  const size_t end = bytes.find('\n');
  if (end == std::string_view::npos) return;
  skipping_ = false;
  buffer_.erase(0, std::exchange(taken_, 0));
  buffer_ += bytes.substr(end + 1);
}

void Gatherer::LimitUnframed() {
  if (buffered() - settled_ <= options_.message_bytes) return;
  if (dialect_ == Dialect::kUnframed) {
    // Many short texts without a pause between them are not one long text.
    settled_ += LastMessage(waiting().substr(settled_), alias_);
    if (buffered() - settled_ <= options_.message_bytes) return;
  }
  buffer_.resize(taken_ + settled_);
  Take(0);  // frees it if nothing is left
  skipping_ = true;
  too_long_ = true;
}

std::optional<Input> Gatherer::Next(absl::Time now) {
  if (dialect_ == Dialect::kLines) return NextLine();
  return NextUnframed(now);
}

std::optional<Input> Gatherer::NextLine() {
  if (std::exchange(too_long_, false)) return Input{Input::Kind::kTooLong, ""};
  const std::string_view bytes = waiting();
  size_t end = bytes.find('\n');
  if (end == std::string_view::npos) {
    if (bytes.size() > options_.message_bytes) {
      Take(bytes.size());
      skipping_ = true;
      return Input{Input::Kind::kTooLong, ""};
    }
    if (!ended_ || bytes.empty()) return std::nullopt;
    end = bytes.size();  // a last line may lack its end
  }
  Input input;
  if (end > options_.message_bytes) {
    input.kind = Input::Kind::kTooLong;
  } else {
    input.text = DropBadUtf8(bytes.substr(0, end));
    while (!input.text.empty() && input.text.back() == '\r') {
      input.text.pop_back();
    }
  }
  Take(std::min(end + 1, bytes.size()));
  return input;
}

std::optional<Input> Gatherer::NextUnframed(absl::Time now) {
  if ((buffered() > 0 || too_long_) &&
      (ended_ || now >= heard_ + options_.quiet_time)) {
    dialect_ = Dialect::kUnframed;
    settled_ = buffered();
    skipping_ = false;
  }
  if (settled_ == 0) {
    // Told when the rest of it has passed, so that a pause separates the two.
    if (skipping_ || !std::exchange(too_long_, false)) return std::nullopt;
    return Input{Input::Kind::kTooLong, ""};
  }
  if (std::exchange(withhold_, false)) {
    Take(settled_);
    return Input{Input::Kind::kWithheld, ""};
  }
  const std::string_view bytes = waiting().substr(0, settled_);
  const MergeCut cut = FirstMessage(bytes, alias_);
  withhold_ = cut.withhold;
  Input input{Input::Kind::kMessage, DropBadUtf8(bytes.substr(0, cut.end))};
  Take(cut.end);
  return input;
}

absl::Time Gatherer::NextDeadline() const {
  if (dialect_ == Dialect::kLines) return absl::InfiniteFuture();
  if (buffered() == 0 && !too_long_) return absl::InfiniteFuture();
  return heard_ + options_.quiet_time;
}

}  // namespace chat77::compat::legacy
