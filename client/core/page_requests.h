// The requests for history that a client makes by itself: those under way, and
// those that the server could not answer just then and that are made again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "absl/time/time.h"

#include "proto/connection.h"

namespace chat77::client {

namespace pb = wire::pb;

// Pure; of one connection.
class PageRequests {
 public:
  // How often a page is asked for before it is given up, and the pauses in
  // between where the server names none: the first, then twice as long.
  static constexpr int kTries = 8;
  static constexpr absl::Duration kPause = absl::Milliseconds(250);

  struct Page {
    pb::FetchHistory request;
    int tries = 1;
  };

  void OnSent(uint64_t request_id, Page page) {
    sent_.insert_or_assign(request_id, std::move(page));
  }
  // The one that was answered; nullopt: it is none of these.
  std::optional<Page> OnAnswer(uint64_t request_id);
  // The answer was an error. True: it will be due again; false: this is final.
  bool OnError(const Page& page, const pb::Error& error, absl::Time now);

  // When some of them are to be sent again; InfiniteFuture: none.
  absl::Time due() const;
  std::vector<Page> TakeDue(absl::Time now);

  // The connection ended.
  void Clear();
  size_t size() const { return sent_.size() + waiting_.size(); }

 private:
  std::map<uint64_t, Page> sent_;
  std::multimap<absl::Time, Page> waiting_;
};

}  // namespace chat77::client
