#include "proto/frame_encoder.h"

#include <cstdint>

#include "google/protobuf/io/coded_stream.h"

namespace chat77::wire {

void AppendFrame(const google::protobuf::MessageLite& message,
                 std::string& out) {
  using google::protobuf::io::CodedOutputStream;
  const size_t body = message.ByteSizeLong();
  const auto body32 = static_cast<uint32_t>(body);
  const size_t start = out.size();
  out.resize(start + CodedOutputStream::VarintSize32(body32) + body);
  auto* at = reinterpret_cast<uint8_t*>(out.data() + start);
  at = CodedOutputStream::WriteVarint32ToArray(body32, at);
  message.SerializeWithCachedSizesToArray(at);
}

}  // namespace chat77::wire
