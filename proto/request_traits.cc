#include "proto/request_traits.h"

#include <cstddef>
#include <google/protobuf/descriptor.h>
#include <vector>

namespace chat77::wire {
namespace {

RequestTraits Read(const google::protobuf::FieldDescriptor& request) {
  RequestTraits traits;
  traits.reply = static_cast<pb::ServerFrame::BodyCase>(request.number());
  if (!request.options().HasExtension(pb::traits)) {
    // A test fails for it; it is not open to everybody meanwhile.
    traits.needs = pb::RequestOptions::ADMIN;
    return traits;
  }
  const pb::RequestOptions& options =
      request.options().GetExtension(pb::traits);
  traits.needs = options.needs();
  traits.rate = options.rate();
  traits.repeat = options.repeat();
  traits.large_reply = options.large_reply();
  traits.late_reply = options.late_reply();
  traits.logs_in = options.logs_in();
  return traits;
}

// By number, with gaps.
std::vector<RequestTraits> ReadAll() {
  std::vector<RequestTraits> all(1);
  const auto* requests =
      pb::ClientFrame::descriptor()->FindOneofByName("request");
  for (int i = 0; i < requests->field_count(); ++i) {
    const google::protobuf::FieldDescriptor& request = *requests->field(i);
    const auto number = static_cast<size_t>(request.number());
    if (number >= all.size()) all.resize(number + 1);
    all[number] = Read(request);
  }
  return all;
}

const RequestTraits& At(size_t number) {
  static const auto* const kAll = new std::vector<RequestTraits>(ReadAll());
  return number < kAll->size() ? (*kAll)[number] : kAll->front();
}

}  // namespace

const RequestTraits& TraitsOf(pb::ClientFrame::RequestCase request) {
  return At(static_cast<size_t>(request));
}

const RequestTraits& TraitsOfReply(pb::ServerFrame::BodyCase body) {
  return At(static_cast<size_t>(body));
}

}  // namespace chat77::wire
