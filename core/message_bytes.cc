#include "core/message_bytes.h"

namespace xj {

void put_message(std::string& out, const Message& message) {
  put_text(out, message.id);
  put_varint(out, message.args.size());
  for (const auto& [name, value] : message.args) {
    put_text(out, name);
    put_text(out, value);
  }
}

Message read_message(ByteReader& in) {
  Message message;
  message.id = in.text();
  for (auto args = in.count(2); args > 0; --args) {
    std::string name{in.text()};
    message.args.emplace_back(std::move(name), in.text());
  }
  return message;
}

}  // namespace xj
