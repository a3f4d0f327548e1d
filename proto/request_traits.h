// What is known of each kind of request: the options that the fields of
// ClientFrame.request carry (chat77/v1/options.proto), as a table in memory.
//
// The first call reads the descriptor; every further call is an index into an
// array, fit for each frame. Thread-safe. Total: a number that is no request
// has the traits of `RequestTraits{}`.
#pragma once

#include "chat77/v1/envelope.pb.h"
#include "chat77/v1/options.pb.h"

namespace chat77::wire {

// Short names for the messages of the schema.
namespace pb = ::chat77::v1;

// The fields are those of RequestOptions; the defaults, those of a request that
// the schema does not know: anybody may send it and gets UNIMPLEMENTED.
struct RequestTraits {
  // True if the client numbers it with a message_id, and the server carries it
  // out once.
  bool once() const { return repeat == pb::RequestOptions::REMEMBERED; }

  pb::RequestOptions::Needs needs = pb::RequestOptions::NO_LOGIN;
  pb::RequestOptions::Rate rate = pb::RequestOptions::OTHER;
  pb::RequestOptions::Repeat repeat = pb::RequestOptions::NEVER;
  bool large_reply = false;
  bool late_reply = false;
  bool logs_in = false;
  // The body of the reply, which has the number of the request.
  pb::ServerFrame::BodyCase reply = pb::ServerFrame::BODY_NOT_SET;
};

const RequestTraits& TraitsOf(pb::ClientFrame::RequestCase request);
// The traits of the request that this body answers; RequestTraits{} for an
// error, an event or nothing.
const RequestTraits& TraitsOfReply(pb::ServerFrame::BodyCase body);

}  // namespace chat77::wire
